import { sql } from 'drizzle-orm';
import { storeMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { drainOutbox, type DrainOptions } from '#lib/server/core/outbox/drain.ts';
import { claimRows, isDue, type Outbox, toTimestamp } from '#lib/server/core/outbox/outbox.ts';
import { MINUTE, SECOND } from '#lib/server/core/retries.ts';
import { getFingerprint, type Refusal, getServerFingerprint } from './graph.ts';
import { type PartAttempt, partClaimSchema, type PartClaim, send } from './send.ts';

/** The zero-based retry step at which the chat shows that Messenger cannot be reached. */
const ALERT_STEP = 2;

const outbox: Outbox<PartClaim, PartAttempt> = {
	table: 'messenger_sends',
	concurrency: 8,
	retries: {
		// The first pause lets the echo arrive if only the response to a send was lost. Retries end with the 24-hour window.
		pausesMs: [10 * SECOND, 30 * SECOND, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE],
		isEndless: true,
		jitter: 0.1,
		maxRetryAfterMs: 0,
	},
	// Claims the first pending part of each conversation, unless Facebook refused the page's current token.
	claim: (ctx, { limit, inFlight }) =>
		claimRows(ctx, 'messenger_sends', {
			due: sql`
				select m.id, t.page_id, t.psid, p.sealed_token, p.token_fingerprint, s.public_id, s.reply_until
				from messenger_sends m
				join messenger_threads t on t.chat_session_id = m.chat_session_id
				join messenger_pages p on p.page_id = t.page_id
					and p.refused_token is distinct from coalesce(p.token_fingerprint, ${getServerFingerprint(ctx.app)})
				join chat_sessions s on s.id = m.chat_session_id
				where ${isDue(ctx, inFlight, 'm')} and not exists (
					select from messenger_sends older
					where older.chat_session_id = m.chat_session_id and older.status = 'pending' and older.id < m.id
				)
				order by m.next_attempt_at, m.id limit ${limit} for update of m skip locked`,
			columns: sql`chat_session_id, due.public_id as session_id, message_id, due.page_id, due.psid, due.sealed_token,
				due.token_fingerprint, metadata, text, quick_replies, due.reply_until`,
			schema: partClaimSchema,
		}),
	send,
	async beforeSettle(tx, { chat_session_id }, { result }) {
		// Locks the chat session before its child rows, as everywhere else, to avoid deadlocks.
		if (result !== 'sent') await resolveSession(tx, String(chat_session_id), 'no key update');
	},
	changes: (_, { result, error, mid }) => [
		sql`last_error = ${error}`,
		...(result === 'sent' ? [sql`mid = ${mid}`] : []),
	],
	async afterSettle(tx, claim, attempt, status) {
		// `status` is also undefined if the echo has already marked the message as sent.
		if (status === undefined || attempt.refusal === null) return;
		await recordFailure(tx, claim, { ...attempt, refusal: attempt.refusal });
	},
};

/** Sends all due parts, one at a time per conversation. Returns the number of attempts. */
export const sendDueReplies = async (ctx: Ctx, options: DrainOptions = {}): Promise<number> =>
	ctx.app.config.messenger ? drainOutbox(ctx, outbox, options) : 0;

type Failure = PartAttempt & { refusal: Refusal };

/** Records the failure on the page, and in the chat once it needs attention. */
async function recordFailure(ctx: Ctx, claim: PartClaim, failure: Failure): Promise<void> {
	const { refusal, error } = failure;
	const now = toTimestamp(ctx.app.clock());
	await ctx.db.execute(sql`
		update messenger_pages set last_error = ${error}, last_error_at = ${now},
			refused_token = ${refusal === 'token' ? getFingerprint(ctx.app, claim) : null}
		where page_id = ${claim.page_id}`);
	switch (refusal) {
		case 'wait':
			if (claim.step !== ALERT_STEP) return;
			return storeSystemMessage(
				ctx,
				claim,
				`Messenger cannot be reached; the message will be retried. ${error}`,
			);
		case 'token':
			return storeSystemMessage(
				ctx,
				claim,
				'Not sent yet: reconnect the Facebook Page (Settings → Messenger).',
			);
		case 'window':
		case 'final':
			return failRemainingParts(ctx, claim, failure);
	}
}

/** Fails all remaining parts of the message, because half a message is worse than none. */
async function failRemainingParts(
	ctx: Ctx,
	claim: PartClaim,
	{ refusal, error }: Failure,
): Promise<void> {
	await ctx.db.execute(sql`
		update messenger_sends set status = 'failed', next_attempt_at = null, last_error = ${error}
		where chat_session_id = ${claim.chat_session_id} and message_id = ${claim.message_id} and status = 'pending'`);
	const reason =
		refusal === 'window'
			? 'Facebook lets a page reply only within 24 hours of the visitor’s last message.'
			: error;
	await storeSystemMessage(ctx, claim, `Not sent to Messenger: ${reason}`);
}

async function storeSystemMessage(
	ctx: Ctx,
	{ chat_session_id, session_id }: PartClaim,
	message: string,
): Promise<void> {
	await storeMessages(ctx, [
		{ chat_session_id, session_id, sender: 'system', message, created_at: ctx.app.clock() },
	]);
}
