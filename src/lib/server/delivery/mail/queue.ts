import { randomUUID } from 'node:crypto';
import type { Mail, MailTemplate } from '#lib/contract/mail.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { mails } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { getMailConfig, presentMail } from './internal.ts';
import { renderHtml, renderText } from './render.ts';
import { type MailData, renderTemplate } from './templates/index.ts';

const MAX_ADDRESSES = 50;
/** The maximum length of a subject, because mail clients and the mail service truncate longer ones. */
const MAX_SUBJECT_LENGTH = 200;

interface NewMail<K extends MailTemplate> {
	template: K;
	data: MailData[K];
	/** Each address gets its own mail. */
	to: string | string[];
	/** An address gets one mail per key, however often it is queued. */
	dedupe_key: string;
	/** The chat session that the mail quotes. Deleting the session deletes the mail. */
	chat_session_id?: number;
	/** The earliest time to send the mail; immediately by default. */
	not_before?: Date;
	/** The page where the recipient unsubscribes. Mail clients show it as a button. */
	unsubscribe_url?: string;
	/** The link for templates that contain one. Stored sealed. */
	one_time_link?: string;
}

/** Queues mail in the caller's transaction. It is sent after the commit, or stays in the outbox if there is no mail account. */
export async function queueMail<K extends MailTemplate>(
	ctx: Ctx,
	{
		template,
		data,
		to,
		dedupe_key,
		chat_session_id,
		not_before,
		unsubscribe_url,
		one_time_link,
	}: NewMail<K>,
): Promise<Mail[]> {
	const addresses = [to].flat().slice(0, MAX_ADDRESSES);
	if (addresses.length === 0) return [];
	const content = renderTemplate(template, data);
	const { is_sending } = getMailConfig(ctx.app);
	const now = ctx.app.clock();
	return inTransaction(ctx, async (tx) => {
		const rows = await tx.db
			.insert(mails)
			.values(
				addresses.map((address) => ({
					template,
					to: address,
					subject: content.subject.replace(/\s+/g, ' ').slice(0, MAX_SUBJECT_LENGTH).toWellFormed(),
					html: renderHtml(content),
					text: renderText(content),
					chat_session_id,
					unsubscribe_url,
					sealed_link: one_time_link === undefined ? null : ctx.app.secrets.seal(one_time_link),
					dedupe_key,
					idempotency_key: randomUUID(),
					status: is_sending ? ('pending' as const) : ('outbox' as const),
					next_attempt_at: is_sending ? (not_before ?? now) : null,
					created_at: now,
				})),
			)
			.onConflictDoNothing()
			.returning();
		const queued = rows.map(presentMail);
		// Updates admins' lists, and wakes the job that sends mail.
		for (const mail of queued) await record(tx, 'mail.updated', { mail });
		if (!is_sending && queued.length > 0) {
			ctx.app.log.info({ template, mails: queued.map(({ id }) => id) }, 'mail stays in the outbox');
		}
		return queued;
	});
}
