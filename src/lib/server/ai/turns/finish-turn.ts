import { setTimeout } from 'node:timers/promises';
import { and, eq } from 'drizzle-orm';
import { containsAnyPhrase } from '#lib/markdown/index.ts';
import type { Message } from '#lib/contract/message.ts';
import type { TurnNote } from '#lib/contract/connector.ts';
import { recordError } from '#lib/server/quality/automation-errors/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import { ai_turns, chat_sessions, turn_trials } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { normalizeFields, renameFields } from '#lib/server/leads/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requestHandoffForAi } from '#lib/server/conversations/handoffs/unchecked.ts';
import {
	findByTurnId,
	presentNewMessage,
	storeMessages,
	type NewMessage,
} from '#lib/server/conversations/messages/unchecked.ts';
import { completeSession, findSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { guardAgainstFailures } from '../challengers/unchecked.ts';
import { mergeNotes, createRejectedNote } from '../connectors/reply/side-fields.ts';
import { alertOnRepeatedFailures, markAiUp } from './alert-on-failures.ts';
import { createFallbackResult, INTERNAL_FAILURE_DETAIL } from './call-ai.ts';
import { endPlainTurn, endTurn } from './end-turn.ts';
import { loadFallbackText } from './fallback-text.ts';
import type { Turn, TurnResult } from './turn.ts';

/** How long a finished reply is kept in memory while the database is unavailable. */
const MAX_STORE_MS = 900_000;
const MAX_STORE_RETRY_MS = 2_000;
/** A turn is abandoned after this many permanent rejections by the database. After each earlier one, the fallback reply is tried. */
const MAX_STORE_REJECTIONS = 3;

/**
 * Stores a turn's result, retrying while the database is unavailable. Once `isDrained` returns true, another process recovers
 * the turn instead. A result that the database rejects permanently is replaced with the fallback reply.
 */
export async function finishTurnWithRetries(
	ctx: Ctx,
	turn: Turn,
	result: TurnResult,
	isDrained: () => boolean,
): Promise<void> {
	const deadline = performance.now() + MAX_STORE_MS;
	let rejections = 0;
	for (let delay = 100; ; delay = Math.min(delay * 2, MAX_STORE_RETRY_MS)) {
		try {
			await finishTurn(ctx, turn, result);
			return;
		} catch (error) {
			const isTransient = isTransientDatabaseError(error);
			const level = isTransient ? 'warn' : 'error';
			ctx.app.log[level]({ err: error, turn_id: turn.turn_id }, 'failed to store a reply');
			if (!isTransient) {
				if (++rejections === MAX_STORE_REJECTIONS) throw error;
				result = createFallbackResult(turn, 'internal', INTERNAL_FAILURE_DETAIL);
			} else if (isDrained() || performance.now() > deadline) throw error;
			await setTimeout(delay);
		}
	}
}

/**
 * Stores a turn's reply with the lead, the completion and the record of the call, in one transaction. Drops the reply
 * if, under the chat session's lock, an agent has taken over or another process has finished the turn. Returns the
 * stored message, or null.
 */
export async function finishTurn(
	ctx: Ctx,
	turn: Turn,
	result: TurnResult,
): Promise<Message | null> {
	const message = isPlainReply(turn, result) ? await finishPlainTurn(ctx, turn, result) : undefined;
	return message ?? finishInTransaction(ctx, turn, result);
}

/** Returns whether the turn only stores a reply, with no other changes that must be part of the same transaction. */
function isPlainReply(turn: Turn, result: TurnResult): boolean {
	const { site } = turn;
	const isOrdinary = turn.channel === 'web' && !turn.is_rescue && !turn.is_newly_returned;
	const hasReply = result.outcome === 'ok' && !result.is_fallback && result.text !== '';
	const hasLead = Object.keys(result.lead).length > 0;
	const isCompletion = result.completed || containsAnyPhrase(result.text, site.completion_phrases);
	const hasOtherChanges = site.ai_down_since !== null || result.handoff !== null;
	return isOrdinary && hasReply && !hasLead && !isCompletion && !hasOtherChanges;
}

/**
 * Stores a plain turn's reply and ends the turn with one statement, one round trip and one commit. Returns `undefined`
 * without any change if the turn no longer owns the chat session or an agent has taken over.
 */
async function finishPlainTurn(
	ctx: Ctx,
	turn: Turn,
	result: TurnResult,
): Promise<Message | undefined> {
	if (ctx.pending) return undefined;
	const { session_id, turn_id } = turn;
	const reply = toNewMessage(ctx, turn, result);
	const { reply_id, is_awaiting_reply } = await endPlainTurn(ctx, turn, result, reply);
	if (reply_id === null) return undefined;
	const message = presentNewMessage(reply, reply_id);
	const { events, metrics } = ctx.app;
	metrics.messages.inc({ sender: 'ai' });
	events.publish({ name: 'message.created', payload: { session_id, message } });
	events.publish({ name: 'reply.finished', payload: { session_id, reply_id: turn_id, message } });
	if (is_awaiting_reply) events.publish({ name: 'turn.due', payload: createNextTurnDue(turn) });
	return message;
}

function finishInTransaction(ctx: Ctx, turn: Turn, result: TurnResult): Promise<Message | null> {
	const { chat_session_id } = turn;
	return inTransaction(ctx, async (tx) => {
		const ended = await endTurn(tx, turn, result);
		const { is_accepted, is_awaiting_reply, is_ended } = ended;
		if (!is_accepted && !is_ended) return publishStoredReply(tx, turn);
		const text = is_accepted ? await getReplyText(tx, turn, result) : '';
		const { message, rejected } =
			text !== '' ? await storeReply(tx, turn, { ...result, text }) : NOT_STORED;
		const notes = mergeNotes(result.notes, rejected);
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
		if (is_awaiting_reply) await record(tx, 'turn.due', createNextTurnDue(turn));
		return message;
	});
}

/**
 * Publishes the reply of a turn that has already ended, for a retry after a commit whose response was lost: the events of
 * that commit were never published. Doesn't record `message.created` again, so that the reply isn't delivered twice.
 */
async function publishStoredReply(tx: Ctx, turn: Turn): Promise<Message | null> {
	const { session_id, turn_id: reply_id, chat_session_id } = turn;
	const message = (await findByTurnId(tx, chat_session_id, reply_id)) ?? null;
	if (message) tx.pending?.push({ name: 'message.created', payload: { session_id, message } });
	await record(tx, 'reply.finished', { session_id, reply_id, message });
	return message;
}

/** Returns the payload of the `turn.due` event for messages that arrived during this turn. */
const createNextTurnDue = ({ session_id, chat_session_id, site, challenger_id }: Turn) => ({
	session_id,
	chat_session_id,
	site_id: site.id,
	challenger_id,
});

/** Returns the text to store. After a failure, that is the part already shown, followed by the fallback text. */
async function getReplyText(
	tx: Ctx,
	turn: Turn,
	{ text, is_fallback }: TurnResult,
): Promise<string> {
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
	const { chat_session_id } = turn;
	const [stored] = await storeMessages(tx, [toNewMessage(tx, turn, result)]);
	// Lead fields are extracted from the visitor's message, so their source is the message that this turn answers.
	const message_id = turn.message_id ?? stored?.message.id ?? null;
	const rejected =
		Object.keys(result.lead).length > 0 ? await storeLead(tx, turn, result, message_id) : [];
	const isAnnounced =
		!result.is_fallback && containsAnyPhrase(result.text, turn.site.completion_phrases);
	if (result.completed || isAnnounced)
		await completeSession(tx, { chat_session_id, source: 'live' });
	return { message: stored?.message ?? null, rejected };
}

const toNewMessage = (ctx: Ctx, turn: Turn, result: TurnResult) =>
	({
		chat_session_id: turn.chat_session_id,
		session_id: turn.session_id,
		sender: 'ai',
		message: result.text,
		turn_id: turn.turn_id,
		is_fallback: result.is_fallback,
		quick_replies: result.quick_replies,
		booking_url: result.booking_url ?? undefined,
		created_at: ctx.app.clock(),
	}) satisfies NewMessage;

/** Merges the lead that the AI reported, and returns notes on the values that could not be used. */
async function storeLead(
	tx: Ctx,
	{ chat_session_id, message, history, site }: Turn,
	{ lead }: TurnResult,
	message_id: number | null,
): Promise<TurnNote[]> {
	const visitorMessages = history.filter(({ sender }) => sender === 'user');
	const visitor_words = [...visitorMessages.map((earlier) => earlier.message), message].join('\n');
	const fields = renameFields(
		lead,
		site.questions.map(({ key }) => key),
	);
	const input = { fields, source: 'ai' as const, message_id, visitor_words };
	const updated = await updateLead(tx, { chat_session_id }, input);
	// `updateLead` returns nothing if none of the values could be used.
	const unusableValues = updated
		? updated.rejected
		: normalizeFields(fields, 'ai', { visitorWords: visitor_words }).rejected;
	return (unusableValues ?? []).map(({ path, message }) =>
		createRejectedNote(`lead.${path}`, fields[path], message),
	);
}

/** Stores the notes again, because rejected lead values are known only after the turn has ended. */
async function updateNotes(tx: Ctx, { turn_id }: Turn, notes: TurnNote[]): Promise<void> {
	await tx.db.update(ai_turns).set({ notes }).where(eq(ai_turns.turn_id, turn_id));
}

/** Notifies the team that another AI has taken over the chat. */
async function announceSession(tx: Ctx, chatSessionId: number): Promise<void> {
	const session = await findSession(tx, chatSessionId);
	if (session) await record(tx, 'session.updated', { session });
}

/** Records, once per chat, that the champion has taken over from a challenger. */
async function markReturned(tx: Ctx, { chat_session_id }: Turn): Promise<boolean> {
	const { rowCount } = await tx.db
		.update(chat_sessions)
		.set({ arm: 'returned' })
		.where(and(eq(chat_sessions.id, chat_session_id), eq(chat_sessions.arm, 'challenger')));
	if (rowCount) await audit(tx, { action: 'session.returned', chat_session_id });
	return Boolean(rowCount);
}

/** Stores the call report of a test chat's turn, and triggers the next step of its replay. */
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
