import type { Mail, MailState } from '#lib/contract/mail.ts';
import { escapeHtml } from '#lib/server/core/text.ts';
import type { App } from '#lib/server/core/context.ts';
import type { mails } from '#lib/server/core/db/schema/index.ts';
import { ONE_TIME_LINK } from './render.ts';

export type MailRow = typeof mails.$inferSelect;

export const presentMail = (row: MailRow): Mail => ({
	id: row.id,
	template: row.template,
	to: row.to,
	subject: row.subject,
	status: row.status,
	attempt_count: row.attempt_count,
	next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
	last_error: row.last_error,
	created_at: row.created_at.toISOString(),
	sent_at: row.sent_at?.toISOString() ?? null,
});

/** Returns the bodies with their one-time link. Throws if the link was sealed with a different SECRET_KEY. */
export function createBodies(app: App, row: Pick<MailRow, 'html' | 'text' | 'sealed_link'>) {
	if (row.sealed_link === null) return { html: row.html, text: row.text };
	const link = app.secrets.open(row.sealed_link);
	return {
		html: row.html.replaceAll(ONE_TIME_LINK, () => escapeHtml(link)),
		text: row.text.replaceAll(ONE_TIME_LINK, () => link),
	};
}

export const getMailConfig = ({ config }: App): MailState => ({
	is_sending: config.mail !== undefined,
	from: config.mail?.from ?? null,
});
