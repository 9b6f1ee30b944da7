import { api, call } from '#lib/client/api/call.ts';
import { LiveList, type PageQuery } from '#lib/client/live/live-list.svelte.ts';
import type { LiveEvent } from '#lib/client/live/live-socket.svelte.ts';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { AuditAction } from '#lib/contract/events.ts';
import type { Page } from '#lib/contract/common.ts';
import type { Mail, MailStatus } from '#lib/contract/mail.ts';

/** The audit log under one filter, newest first. */
export class AuditList extends LiveList<AuditEntry> {
	protected override readonly settleMs = 300;
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

/** Mail that quotes a chat is erased with it. */
const ERASING = new Set<AuditAction>(['visitor.erased', 'session.deleted', 'retention.applied']);

/** Mail of one status, or all of it, newest first. */
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
		else if (name === 'audit.added' && ERASING.has(payload.action)) this.refreshSoon();
	}

	/** Takes a mail's new state: in its place, on top when it is new, removed when the list is of another status. */
	put(mail: Mail): void {
		const isShown = this.#status === undefined || mail.status === this.#status;
		if (!isShown) this.removeWhere(({ id }) => id === mail.id);
		else if (!this.replace(mail) && mail.id > (this.items[0]?.id ?? 0)) this.prepend(mail);
	}
}
