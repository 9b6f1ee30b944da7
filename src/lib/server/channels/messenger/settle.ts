import { sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { storeMessages } from '#lib/server/conversations/messages/index.ts';
import { resolveSession } from '#lib/server/conversations/sessions/index.ts';
import type { Attempt, Claim } from './send.ts';
import { fingerprintOf } from './tokens.ts';

/** Long enough for the echo of a message whose answer was lost to come first. */
const PAUSES_S = [10, 30, 120, 300];
const LONGEST_PAUSE_S = 600;
/** From so many failures on it is more than a hiccup, and the team is told. */
const TELLING_ATTEMPT = 3;

type Failure = Exclude<Attempt, { mid: string | null }>;

/** Records the result of an attempt, and tells the team in the chat what did not arrive. Safe to repeat. */
export async function settle(ctx: Ctx, claim: Claim, attempt: Attempt): Promise<void> {
	await inTransaction(ctx, (tx) =>
		'mid' in attempt ? markSent(tx, claim, attempt.mid) : fail(tx, claim, attempt),
	);
}

const nowOf = (ctx: Ctx) => sql`${ctx.app.clock().toISOString()}::timestamptz`;

async function markSent(ctx: Ctx, { id }: Claim, mid: string | null): Promise<void> {
	await ctx.db
		.execute(sql`update messenger_sends set status = 'sent', mid = ${mid}, sent_at = ${nowOf(ctx)},
		claimed_until = null, last_error = null where id = ${id} and status <> 'sent'`);
}

async function fail(ctx: Ctx, claim: Claim, failure: Failure): Promise<void> {
	// The chat session before what belongs to it, as everywhere.
	await resolveSession(ctx, String(claim.chat_session_id), 'no key update');
	const isHeld = await putOff(ctx, claim, failure);
	// Its echo has told meanwhile that it arrived.
	if (!isHeld || failure.is_cut_off) return;
	const { refusal, error } = failure;
	await ctx.db
		.execute(sql`update messenger_pages set last_error = ${error}, last_error_at = ${nowOf(ctx)},
		refused_token = ${refusal === 'token' ? fingerprintOf(ctx.app, claim) : null}
		where page_id = ${claim.page_id}`);
	if (refusal === 'wait') {
		if (claim.number !== TELLING_ATTEMPT) return;
		await tell(ctx, claim, `Messenger cannot be reached; the message is tried again. ${error}`);
	} else if (refusal === 'token') {
		await tell(
			ctx,
			claim,
			'Not sent yet: the Facebook page has to be connected again (Settings → Messenger).',
		);
	} else {
		await giveUp(ctx, claim, failure);
	}
}

/** Back to what waits, if the claim is still the newest. */
async function putOff(ctx: Ctx, claim: Claim, failure: Failure): Promise<boolean> {
	const isAtFault = failure.refusal === 'wait' && !failure.is_cut_off;
	const pause = isAtFault ? (PAUSES_S[claim.number - 1] ?? LONGEST_PAUSE_S) : 0;
	const { rowCount } = await ctx.db.execute(sql`update messenger_sends
		set claimed_until = null, last_error = ${failure.error},
			next_attempt_at = ${nowOf(ctx)} + make_interval(secs => ${pause})
		where id = ${claim.id} and status = 'pending' and attempt_count = ${claim.number}`);
	return (rowCount ?? 0) > 0;
}

/** Half a message is worse than none: what is left of it is not sent either. */
async function giveUp(ctx: Ctx, claim: Claim, { refusal, error }: Failure): Promise<void> {
	await ctx.db.execute(sql`update messenger_sends set status = 'failed', last_error = ${error}
		where chat_session_id = ${claim.chat_session_id} and message_id = ${claim.message_id} and status = 'pending'`);
	const reason =
		refusal === 'window'
			? 'Facebook lets a page answer for 24 hours after the visitor wrote, and they are over.'
			: error;
	await tell(ctx, claim, `Not sent to Messenger: ${reason}`);
}

const tell = (ctx: Ctx, { chat_session_id, session_id }: Claim, message: string) =>
	storeMessages(ctx, [
		{ chat_session_id, session_id, sender: 'system', message, created_at: ctx.app.clock() },
	]);
