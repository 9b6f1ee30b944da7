import { z } from 'zod';
import type { Message } from '#lib/contract/message.ts';
import { recordError } from '#lib/server/quality/automation-errors/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { turn_trials } from '#lib/server/core/db/schema/index.ts';
import { executePrepared } from '#lib/server/core/db/prepared.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { storeMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { completeSession, saysCompletion } from '#lib/server/conversations/sessions/unchecked.ts';
import { alertOnRun } from './alert-on-run.ts';
import { fallbackText } from './fallback-text.ts';
import type { Turn, TurnResult } from './turn.ts';

const ended = z.object({
	/** The chat session is there, and nobody has taken it over. */
	is_kept: z.boolean(),
	is_awaiting_reply: z.boolean(),
	/** This ended the turn: it is not gone with its chat session, nor has another process ended it. */
	is_ended: z.boolean(),
});

/**
 * Stores a turn's reply, with the lead, the completion and the record of the call, in one transaction. Whether the turn
 * still has the chat session is asked there, under the row's lock: when a person has taken over, or another process has
 * finished it, the reply is dropped. Gives the stored message, or null.
 */
export async function finishTurn(
	ctx: Ctx,
	turn: Turn,
	result: TurnResult,
): Promise<Message | null> {
	return inTransaction(ctx, async (tx) => {
		const { is_kept, is_awaiting_reply, is_ended } = await endTurn(tx, turn, result);
		const text = is_kept ? await textOf(tx, turn, result) : '';
		const message = text !== '' ? await storeReply(tx, turn, { ...result, text }) : null;
		if (is_kept && !turn.is_test && result.outcome !== 'ok') await noteFailure(tx, turn, result);
		await record(tx, 'reply.finished', {
			session_id: turn.session_id,
			reply_id: turn.turn_id,
			message,
		});
		if (is_ended && turn.is_test) await endTrial(tx, turn, result);
		if (is_awaiting_reply) {
			const { session_id, chat_session_id, site } = turn;
			await record(tx, 'turn.due', { session_id, chat_session_id, site_id: site.id });
		}
		return message;
	});
}

/** What is stored as the reply: a failed answer as far as it was shown, and the fallback text. */
async function textOf(tx: Ctx, turn: Turn, { text, is_fallback }: TurnResult): Promise<string> {
	if (!is_fallback) return text;
	const fallback = await fallbackText(tx, turn);
	return text === '' ? fallback : `${text}\n\n${fallback}`;
}

async function storeReply(tx: Ctx, turn: Turn, result: TurnResult): Promise<Message | null> {
	const { chat_session_id, session_id } = turn;
	const [stored] = await storeMessages(tx, [
		{
			chat_session_id,
			session_id,
			sender: 'ai',
			message: result.text,
			turn_id: turn.turn_id,
			is_fallback: result.is_fallback,
			quick_replies: result.quick_replies,
			created_at: tx.app.clock(),
		},
	]);
	// The fields are the visitor's words: what they come from is the message that this turn answers.
	const message_id = turn.message_id ?? stored?.message.id ?? null;
	if (Object.keys(result.lead).length > 0) {
		await updateLead(tx, { chat_session_id }, { fields: result.lead, source: 'ai', message_id });
	}
	const isSaid = !result.is_fallback && saysCompletion(result.text, turn.site.completion_phrases);
	if (result.completed || isSaid) await completeSession(tx, { chat_session_id, source: 'live' });
	return stored?.message ?? null;
}

/**
 * Releases the chat session, whose row is locked from here on, unless the turn has lost it or it is gone; and notes what
 * the turn came to: `dropped` when a person has taken over or it was lost.
 */
const END_TURN = `
	with released as (
		update chat_sessions set turn_id = null, turn_lease_until = null,
			ai_engaged = ai_engaged or ($3::boolean and not ai_paused)
		where id = $1::bigint and turn_id = $2::uuid
		returning ai_paused, is_awaiting_reply
	), due as (
		insert into statistics_due (chat_session_id) values ($1::bigint)
	), noted as (
		update ai_turns set finished_at = now(),
			outcome = case when (select not ai_paused from released) then $4::text else 'dropped' end,
			detail = $5::text, http_status = $6::integer, shape = $7::text, retries = $8::integer, execution_id = $9::text,
			first_byte_at = coalesce(first_byte_at, case when $10::boolean then now() end)
		where turn_id = $2::uuid and finished_at is null returning turn_id
	)
	select coalesce((select not ai_paused from released), false) as is_kept,
		coalesce((select is_awaiting_reply from released), false) as is_awaiting_reply,
		exists (select from noted) as is_ended`;

async function endTurn(tx: Ctx, turn: Turn, result: TurnResult) {
	const { trace, outcome, detail } = result;
	const rows = await executePrepared(tx.db, 'end_turn', END_TURN, [
		turn.chat_session_id,
		turn.turn_id,
		outcome === 'ok' && turn.action === 'message',
		outcome,
		detail,
		trace.http_status ?? null,
		trace.shape ?? null,
		trace.retries,
		trace.execution_id ?? null,
		trace.has_begun ?? false,
	]);
	return ended.parse(rows[0]);
}

async function endTrial(tx: Ctx, turn: Turn, { trial }: TurnResult): Promise<void> {
	const { turn_id, session_id } = turn;
	if (trial) await tx.db.insert(turn_trials).values({ turn_id, trial }).onConflictDoNothing();
	await record(tx, 'trial.finished', { session_id, turn_id });
}

async function noteFailure(tx: Ctx, turn: Turn, result: TurnResult): Promise<void> {
	await recordError(tx, {
		workflow: `${turn.site.name}: AI ${turn.connector}`,
		node: result.outcome,
		message: result.detail ?? result.outcome,
		session_id: turn.session_id,
		execution_id: result.trace.execution_id,
		turn_id: turn.turn_id,
	});
	await alertOnRun(tx, turn.site);
}
