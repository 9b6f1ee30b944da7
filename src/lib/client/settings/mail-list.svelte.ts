import type { Page } from '#lib/contract/common.ts';
import type { Mail, MailStatus } from '#lib/contract/mail.ts';
import type { Fact } from '#lib/client/live/facts.ts';
import { joined } from '#lib/client/live/joined.ts';
import { settingsApi } from './settings-api.ts';

/** The list of mail, of all or of one status, kept up to date by facts. */
export class MailList {
	items = $state.raw<Mail[]>([]);
	cursor = $state<string | null>(null);
	readonly #status: MailStatus | undefined;

	constructor(page: Page<Mail>, status: MailStatus | undefined) {
		this.items = page.items;
		this.cursor = page.next_cursor;
		this.#status = status;
	}

	hear(facts: Fact[]): void {
		for (const fact of facts) if (fact.name === 'mail.updated') this.put(fact.payload.mail);
	}

	/** Takes a mail as it is now: at its place, on top when it is new, away when its status is another. */
	put(mail: Mail): void {
		const others = this.items.filter(({ id }) => id !== mail.id);
		const isShown = this.#status === undefined || mail.status === this.#status;
		const newest = others[0]?.id ?? 0;
		const isKnown = others.length < this.items.length;
		if (!isShown) this.items = others;
		else if (isKnown) this.items = this.items.map((one) => (one.id === mail.id ? mail : one));
		else if (mail.id > newest) this.items = [mail, ...others];
	}

	async more(cursor: string): Promise<void> {
		const filter: Record<string, string> = this.#status ? { status: this.#status } : {};
		const page = await settingsApi.listMails({ ...filter, cursor });
		this.items = joined(this.items, page.items);
		this.cursor = page.next_cursor;
	}
}
