import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Message } from '#lib/contract/message.ts';
import type { TurnNote } from '#lib/contract/connector.ts';
import { recordError } from '#lib/server/quality/automation-errors/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { ai_turns, chat_sessions, turn_trials } from '#lib/server/core/db/schema/index.ts';
import { executePrepared, inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { normalizeFields } from '#lib/server/leads/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requestHandoffForAi } from '#lib/server/conversations/handoffs/unchecked.ts';
import { storeMessages } from '#lib/server/conversations/messages/unchecked.ts';
import {
	completeSession,
	containsCompletionPhrase,
	findSession,
} from '#lib/server/conversations/sessions/unchecked.ts';
import { guardAgainstFailures } from '../challengers/unchecked.ts';
import { joinNotes, rejected } from '../connectors/reply/side-fields.ts';
import { settingsVersion } from '../connectors/settings-version.ts';
import { alertOnRepeatedFailures, markAiUp } from './alert-on-failures.ts';
import { loadFallbackText } from './fallback-text.ts';
import type { Turn, TurnResult } from './turn.ts';

const endedTurn = z.object({
	/** The turn still had the chat session, and no agent had taken over: the reply counts. */
	is_accepted: z.boolean(),
	/** More messages arrived during the turn. */
	is_awaiting_reply: z.boolean(),
	/** False when the turn was deleted with its chat session, or another process has ended it. */
	is_ended: z.boolean(),
	/** The built-in AI has taken over the chat with this turn. */
	is_newly_rescued: z.boolean(),
});

/**
 * Stores a turn's reply with the lead, the completion and the record of the call, in one transaction. Drops the reply
 * when, under the chat session's lock, an agent has taken over or another process has finished the turn. Returns the
 * stored message, or null.
 */
export async function finishTurn(
	ctx: Ctx,
	turn: Turn,
	result: TurnResult,
): Promise<Message | null> {
	const { chat_session_id } = turn;
	return inTransaction(ctx, async (tx) => {
		const ended = await endTurn(tx, turn, result);
		const { is_accepted, is_awaiting_reply, is_ended } = ended;
		const text = is_accepted ? await replyText(tx, turn, result) : '';
		const { message, rejected } =
			text !== '' ? await storeReply(tx, turn, { ...result, text }) : NOT_STORED;
		const notes = joinNotes(result.notes, rejected);
		if (rejected.length > 0) await updateNotes(tx, turn, notes);
		if (is_accepted && !turn.is_test && result.outcome !== 'ok')
			await reportError(tx, turn, result);
		await record(tx, 'reply.finished', {
			session_id: turn.session_id,
			reply_id: turn.turn_id,
			message,
		});
		const isReturned = is_accepted && turn.is_newly_returned && (await markReturned(tx, turn));
		if (ended.is_newly_rescued) await audit(tx, { action: 'session.rescued', chat_session_id });
		if (ended.is_newly_rescued || isReturned) await announceSession(tx, chat_session_id);
		if (message && result.handoff) {
			await requestHandoffForAi(tx, turn.chat_session_id, result.handoff.reason || null);
		}
		const isChampion = !turn.is_rescue && !turn.is_test && turn.challenger_id === null;
		if (result.outcome === 'ok' && turn.site.ai_down_since && isChampion) {
			await markAiUp(tx, turn.site);
		}
		if (is_ended && turn.is_test) await storeReport(tx, turn, { ...result, notes });
		if (is_awaiting_reply) {
			const { session_id, site, challenger_id } = turn;
			await record(tx, 'turn.due', {
				session_id,
				chat_session_id,
				site_id: site.id,
				challenger_id,
			});
		}
		return message;
	});
}

/** Returns the text to store. After a failure: the part that was shown, followed by the fallback text. */
async function replyText(tx: Ctx, turn: Turn, { text, is_fallback }: TurnResult): Promise<string> {
	if (!is_fallback) return text;
	const fallback = await loadFallbackText(tx, turn);
	return text === '' ? fallback : `${text}\n\n${fallback}`;
}

interface StoredReply {
	message: Message | null;
	/** Lead values that could not be used. */
	rejected: TurnNote[];
}
const NOT_STORED: StoredReply = { message: null, rejected: [] };

async function storeReply(tx: Ctx, turn: Turn, result: TurnResult): Promise<StoredReply> {
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
			booking_url: result.booking_url ?? undefined,
			created_at: tx.app.clock(),
		},
	]);
	// Lead fields come from the visitor's words, so their source is the message that this turn answers.
	const message_id = turn.message_id ?? stored?.message.id ?? null;
	const rejected =
		Object.keys(result.lead).length > 0 ? await storeLead(tx, turn, result, message_id) : [];
	const isAnnounced =
		!result.is_fallback && containsCompletionPhrase(result.text, turn.site.completion_phrases);
	if (result.completed || isAnnounced)
		await completeSession(tx, { chat_session_id, source: 'live' });
	return { message: stored?.message ?? null, rejected };
}

/** Merges the lead that the AI reported, and returns notes on the values that could not be used. */
async function storeLead(
	tx: Ctx,
	{ chat_session_id, message, history }: Turn,
	{ lead: fields }: TurnResult,
	message_id: number | null,
): Promise<TurnNote[]> {
	const said = history.filter(({ sender }) => sender === 'user');
	const visitor_words = [...said.map((earlier) => earlier.message), message].join('\n');
	const input = { fields, source: 'ai' as const, message_id, visitor_words };
	const updated = await updateLead(tx, { chat_session_id }, input);
	// Without a lead there is no update to return: none of the values could be used.
	const unusable = updated
		? updated.rejected
		: normalizeFields(fields, 'ai', { visitorWords: visitor_words }).rejected;
	return (unusable ?? []).map(({ path, message }) =>
		rejected(`lead.${path}`, fields[path], message),
	);
}

/** Known only after the turn has ended: the lead is merged under the chat session's lock. */
async function updateNotes(tx: Ctx, { turn_id }: Turn, notes: TurnNote[]): Promise<void> {
	await tx.db.update(ai_turns).set({ notes }).where(eq(ai_turns.turn_id, turn_id));
}

/** The version of a turn ($16, of its settings) whose answer reports none. A failed turn counts under the chat's version. */
const TURN_VERSION = `coalesce($12::text, case when $4::text <> 'ok' then
	(select version from chat_sessions where id = $1::bigint) end, $16::text)`;

/**
 * The version that a chat session carries: of its first answered turn, and until then of a failed one. Fixed greetings have
 * none.
 */
const FIRST_VERSION = `case
	when version is null or ($4::text = 'ok' and version is distinct from coalesce($12::text, $16::text) and not exists (
		select from ai_turns t where t.chat_session_id = $1::bigint and t.outcome = 'ok' and t.version is not null
	)) then coalesce($12::text, $16::text, version)
	else version end`;

/**
 * Releases the chat session, locking its row, if the turn still has it; and records the turn's outcome: `dropped` when an
 * agent has taken over or the turn has lost the chat session.
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
	), logged as (
		update ai_turns set finished_at = now(),
			outcome = case when (select not ai_paused from released) then $4::text else 'dropped' end,
			detail = $5::text, http_status = $6::integer, shape = $7::text, retries = $8::integer, execution_id = $9::text,
			first_byte_at = coalesce(first_byte_at, case when $10::boolean then now() end),
			asked = $11::text, version = ${TURN_VERSION}, unanswered = $13::text, notes = $14::jsonb,
			is_rescue = is_rescue or $15::boolean
		where turn_id = $2::uuid and finished_at is null returning turn_id
	), traced as (
		insert into ai_traces (turn_id, site_id, created_at, request, response, request_bytes, response_bytes, content_type,
			queued_ms, first_byte_ms, total_ms)
		select logged.turn_id, $19::bigint, $18::timestamptz, call.*
		from logged, json_to_record($17::json) as call (request text, response text, request_bytes integer,
			response_bytes integer, content_type text, queued_ms integer, first_byte_ms integer, total_ms integer)
		where $17::json is not null
	)
	select coalesce((select not ai_paused from released), false) as is_accepted,
		coalesce((select is_awaiting_reply from released), false) as is_awaiting_reply,
		exists (select from logged) as is_ended,
		coalesce((select is_rescued from released), false)
			and not (select is_rescued from chat_sessions where id = $1::bigint) as is_newly_rescued`;

/** Returns the version of the AI's settings; null if the turn sent a fixed greeting. */
const versionOf = ({ action, site }: Turn) =>
	action === 'start' && site.greeting !== null ? null : settingsVersion(site.connector, site);

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
		result.asked,
		result.version,
		result.unanswered,
		JSON.stringify(result.notes),
		result.is_rescue,
		versionOf(turn),
		result.call ? JSON.stringify(result.call) : null,
		tx.app.clock(),
		turn.site.id,
	]);
	return endedTurn.parse(rows[0]);
}

/** Tells the team that another AI has taken the chat over. */
async function announceSession(tx: Ctx, chatSessionId: number): Promise<void> {
	const session = await findSession(tx, chatSessionId);
	if (session) await record(tx, 'session.updated', { session });
}

/** Records that the champion has taken the chat over from a challenger; once for each chat. */
async function markReturned(tx: Ctx, { chat_session_id }: Turn): Promise<boolean> {
	const { rowCount } = await tx.db
		.update(chat_sessions)
		.set({ arm: 'returned' })
		.where(and(eq(chat_sessions.id, chat_session_id), eq(chat_sessions.arm, 'challenger')));
	if (rowCount) await audit(tx, { action: 'session.returned', chat_session_id });
	return Boolean(rowCount);
}

/** Stores the call report of a test chat's turn, and continues its replay. */
async function storeReport(tx: Ctx, turn: Turn, { report, notes }: TurnResult): Promise<void> {
	const { turn_id, session_id } = turn;
	if (report) {
		const trial = { ...report, notes };
		await tx.db.insert(turn_trials).values({ turn_id, trial }).onConflictDoNothing();
	}
	await record(tx, 'trial.finished', { session_id, turn_id });
}

async function reportError(tx: Ctx, turn: Turn, result: TurnResult): Promise<void> {
	const { challenger_id } = turn;
	const ai = challenger_id === null ? 'AI' : 'challenger';
	await recordError(tx, {
		workflow: `${turn.site.name}: ${ai} ${turn.connector}`,
		node: result.outcome,
		message: result.detail ?? result.outcome,
		session_id: turn.session_id,
		execution_id: result.trace.execution_id,
		turn_id: turn.turn_id,
	});
	if (challenger_id === null) await alertOnRepeatedFailures(tx, turn.site);
	else await guardAgainstFailures(tx, challenger_id);
}
