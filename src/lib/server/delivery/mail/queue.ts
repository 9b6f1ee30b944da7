import { randomUUID } from 'node:crypto';
import type { Mail, MailTemplate } from '#lib/contract/mail.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { mails } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { mailStateOf, presentMail } from './internal.ts';
import { renderHtml, renderText } from './render.ts';
import { type MailData, write } from './templates/index.ts';

const MOST_ADDRESSES = 50;
/** Mail clients and the service cut longer ones. */
const LONGEST_SUBJECT = 200;

export interface NewMail<K extends MailTemplate> {
	template: K;
	data: MailData[K];
	/** One mail to each. */
	to: string | string[];
	/** What makes it one: the same key is written to an address once, however often it is asked for. */
	dedupe_key: string;
	/** The chat session that it quotes: the mail goes with it. */
	chat_session_id?: number;
	/** Not sent before this time; at once when it is left out. */
	not_before?: Date;
	/** For templates that end in one; it is kept sealed and leaves with the mail only. */
	one_time_link?: string;
}

/** Writes mail in the caller's transaction: it leaves after the commit, or waits in the outbox where there is no mail account. */
export async function queueMail<K extends MailTemplate>(
	ctx: Ctx,
	{ template, data, to, dedupe_key, chat_session_id, not_before, one_time_link }: NewMail<K>,
): Promise<Mail[]> {
	const addresses = [to].flat().slice(0, MOST_ADDRESSES);
	if (addresses.length === 0) return [];
	const letter = write(template, data);
	const { is_sending } = mailStateOf(ctx.app);
	const now = ctx.app.clock();
	return inTransaction(ctx, async (tx) => {
		const rows = await tx.db
			.insert(mails)
			.values(
				addresses.map((address) => ({
					template,
					to: address,
					subject: letter.subject.replace(/\s+/g, ' ').slice(0, LONGEST_SUBJECT).toWellFormed(),
					html: renderHtml(letter),
					text: renderText(letter),
					chat_session_id,
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
		// Tells the admins' screens, and wakes the job that sends.
		for (const mail of queued) await record(tx, 'mail.updated', { mail });
		if (!is_sending && queued.length > 0) {
			ctx.app.log.info({ template, mails: queued.map(({ id }) => id) }, 'mail waits in the outbox');
		}
		return queued;
	});
}
