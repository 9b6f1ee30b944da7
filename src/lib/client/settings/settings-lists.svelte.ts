import { api, call } from '#lib/client/api/call.ts';
import { LiveList, type PageQuery } from '#lib/client/live/live-list.svelte.ts';
import type { LiveEvent } from '#lib/client/live/live-socket.svelte.ts';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { AuditAction } from '#lib/contract/events.ts';
import type { Page } from '#lib/contract/common.ts';
import type { Mail, MailStatus } from '#lib/contract/mail.ts';

/** The audit log under one filter, newest first. */
export class AuditList extends LiveList<AuditEntry> {
	protected override readonly debounceMs = 300;
	readonly #filter: Record<string, string>;

	constructor(page: Page<AuditEntry>, filter: Record<string, string>) {
		super(page);
		this.#filter = filter;
	}

	protected fetch(query: PageQuery): Promise<Page<AuditEntry>> {
		return call(api['audit-entries'].$get({ query: { ...this.#filter, ...query } }));
	}

	protected applyEvent({ name }: LiveEvent): void {
		if (name === 'audit.added') this.refreshSoon();
	}
}

/** Emails that quote a chat are deleted with it. */
const DELETING_ACTIONS = new Set<AuditAction>([
	'visitor.erased',
	'session.deleted',
	'retention.applied',
]);

/** Emails with one status, or all of them, newest first. */
export class MailList extends LiveList<Mail> {
	readonly #status: MailStatus | undefined;

	constructor(page: Page<Mail>, status: MailStatus | undefined) {
		super(page);
		this.#status = status;
	}

	protected fetch(query: PageQuery): Promise<Page<Mail>> {
		return call(
			api.mails.$get({ query: { ...(this.#status && { status: this.#status }), ...query } }),
		);
	}

	protected applyEvent({ name, payload }: LiveEvent): void {
		if (name === 'mail.updated') this.put(payload.mail);
		else if (name === 'audit.added' && DELETING_ACTIONS.has(payload.action)) this.refreshSoon();
	}

	/** Updates an email in place, adds a new one at the top, or removes one that no longer matches the status. */
	put(mail: Mail): void {
		const isShown = this.#status === undefined || mail.status === this.#status;
		if (!isShown) this.removeWhere(({ id }) => id === mail.id);
		else if (!this.replace(mail) && mail.id > (this.items[0]?.id ?? 0)) this.prepend(mail);
	}
}
