import { z } from 'zod';
import {
	setLastMessage,
	NEXT_MESSAGE_ID,
	type NewMessage,
} from '#lib/server/conversations/messages/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { executePrepared } from '#lib/server/core/db/transaction.ts';
import { createSettingsVersion } from '../connectors/settings-version.ts';
import type { Turn, TurnResult } from './turn.ts';

const endedTurnSchema = z.object({
	/** Whether the turn still owned the chat session and no agent had taken over, so that its reply counts. */
	is_accepted: z.boolean(),
	/** Whether more messages arrived during the turn. */
	is_awaiting_reply: z.boolean(),
	/** False if the turn was deleted with its chat session, or another process has ended it. */
	is_ended: z.boolean(),
	/** Whether the built-in AI took over the chat with this turn. */
	is_newly_rescued: z.boolean(),
});

/** The turn's version: the reported one ($12), else that of its settings ($16). A failed turn counts under the chat's version. */
const TURN_VERSION = `coalesce($12::text, case when $4::text <> 'ok' then
	(select version from chat_sessions where id = $1::bigint) end, $16::text)`;

/**
 * The version of a chat session: that of its first answered turn or, until there is one, of a failed turn. Fixed
 * greetings have no version.
 */
const FIRST_VERSION = `case
	when version is null or ($4::text = 'ok' and version is distinct from coalesce($12::text, $16::text) and not exists (
		select from ai_turns t where t.chat_session_id = $1::bigint and t.outcome = 'ok' and t.version is not null
	)) then coalesce($12::text, $16::text, version)
	else version end`;

/** Returns CTEs that record the turn's outcome and its trace. */
const logOutcome = (outcome: string, condition = '') => `logged as (
		update ai_turns set finished_at = now(), outcome = ${outcome},
			detail = $5::text, http_status = $6::integer, shape = $7::text, retries = $8::integer, execution_id = $9::text,
			first_byte_at = coalesce(first_byte_at, case when $10::boolean then now() end),
			asked = $11::text, version = ${TURN_VERSION}, unanswered = $13::text, notes = $14::jsonb,
			is_rescue = is_rescue or $15::boolean
		where turn_id = $2::uuid and finished_at is null ${condition} returning turn_id
	), traced as (
		insert into ai_traces (turn_id, site_id, created_at, request, response, request_bytes, response_bytes, content_type,
			queued_ms, first_byte_ms, total_ms)
		select logged.turn_id, $19::bigint, $18::timestamptz, call.*
		from logged, json_to_record($17::json) as call (request text, response text, request_bytes integer,
			response_bytes integer, content_type text, queued_ms integer, first_byte_ms integer, total_ms integer)
		where $17::json is not null
	)`;

/**
 * Releases the chat session, locking its row, if the turn still owns it, and records the turn's outcome: `dropped` if an
 * agent has taken over or the turn no longer owns the chat session.
 */
const END_TURN = `
	with released as (
		update chat_sessions set turn_id = null, turn_lease_until = null,
			ai_engaged = ai_engaged or ($3::boolean and not ai_paused), is_rescued = is_rescued or ($15::boolean and not ai_paused),
			version = case when ai_paused then version else ${FIRST_VERSION} end
		where id = $1::bigint and turn_id = $2::uuid
		returning ai_paused, is_awaiting_reply, is_rescued
	), due as (
		insert into statistics_due (chat_session_id) values ($1::bigint)
	), ${logOutcome("case when (select not ai_paused from released) then $4::text else 'dropped' end")}
	select coalesce((select not ai_paused from released), false) as is_accepted,
		coalesce((select is_awaiting_reply from released), false) as is_awaiting_reply,
		exists (select from logged) as is_ended,
		coalesce((select is_rescued from released), false)
			and not (select is_rescued from chat_sessions where id = $1::bigint) as is_newly_rescued`;

/**
 * Like `END_TURN`, but also stores the reply; does nothing if an agent has taken over or the turn no longer owns the chat session.
 * As in `insertMessages`, the message's ID is assigned under the chat session's lock.
 */
const END_PLAIN_TURN = `
	with owned as (
		select id from chat_sessions where id = $1::bigint and turn_id = $2::uuid and not ai_paused for no key update
	), reply as (
		insert into messages (id, chat_session_id, sender, message, created_at, turn_id, quick_replies, booking_url)
		overriding system value
		select ${NEXT_MESSAGE_ID}, owned.id, 'ai', $20::text,
			$18::timestamptz, $2::uuid, $21::text[], $22::text
		from owned
		on conflict do nothing
		returning id, sender, message, created_at
	), released as (
		update chat_sessions set turn_id = null, turn_lease_until = null, ai_engaged = ai_engaged or $3::boolean,
			version = ${FIRST_VERSION}, message_count = message_count + 1, ai_message_count = ai_message_count + 1,
			${setLastMessage('reply')},
			last_activity_at = greatest(last_activity_at, reply.created_at)
		from reply where chat_sessions.id = $1::bigint
		returning is_awaiting_reply
	), due as (
		insert into statistics_due (chat_session_id) select $1::bigint from reply
	), ${logOutcome('$4::text', 'and exists (select from reply)')}
	select (select id from reply) as reply_id, coalesce((select is_awaiting_reply from released), false) as is_awaiting_reply`;

const endedPlainTurnSchema = z.object({
	reply_id: z.coerce.number().nullable(),
	is_awaiting_reply: z.boolean(),
});

/** Returns the version of the AI's settings; null for a fixed greeting. */
const getVersion = ({ action, site }: Turn) =>
	action === 'start' && site.greeting !== null ? null : createSettingsVersion(site.connector, site);

/** Ends the turn in the caller's transaction, which then stores the results. */
export async function endTurn(tx: Ctx, turn: Turn, result: TurnResult) {
	const values = createEndParameters(turn, result, tx.app.clock());
	const rows = await executePrepared(tx.db, 'end_turn', END_TURN, values);
	return endedTurnSchema.parse(rows[0]);
}

/** Ends the turn and stores its reply. `reply_id` is null if nothing was changed. */
export async function endPlainTurn(ctx: Ctx, turn: Turn, result: TurnResult, reply: NewMessage) {
	const values = [
		...createEndParameters(turn, result, reply.created_at),
		reply.message,
		reply.quick_replies ?? [],
		reply.booking_url ?? null,
	];
	const rows = await executePrepared(ctx.db, 'end_plain_turn', END_PLAIN_TURN, values);
	return endedPlainTurnSchema.parse(rows[0]);
}

/** Returns the parameters of END_TURN, which are also the first ones of END_PLAIN_TURN. */
function createEndParameters(turn: Turn, result: TurnResult, now: Date): unknown[] {
	const { trace, outcome, detail } = result;
	return [
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
		result.asked,
		result.version,
		result.unanswered,
		JSON.stringify(result.notes),
		result.is_rescue,
		getVersion(turn),
		result.call ? JSON.stringify(result.call) : null,
		now,
		turn.site.id,
	];
}
