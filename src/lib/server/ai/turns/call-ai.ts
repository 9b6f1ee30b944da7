import { cleanText } from '#lib/contract/text.ts';
import { INGEST_MAX_LENGTH } from '#lib/contract/workflows.ts';
import { CORE_LEAD_FIELDS, MAX_LEAD_FIELDS, type LeadInput } from '#lib/contract/lead.ts';
import { MAX_QUICK_REPLIES, quickReply } from '#lib/contract/message.ts';
import type { TurnNote } from '#lib/contract/connector.ts';
import { createSystemContext, type App, type Ctx } from '#lib/server/core/context.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import { executePrepared } from '#lib/server/core/db/transaction.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { isOpenAt } from '#lib/server/sites/index.ts';
import { getVisitorLanguage } from '#lib/server/sites/unchecked.ts';
import { chooseConnector } from '../connectors/choose-connector.ts';
import { scriptedConnector } from '../connectors/scripted/index.ts';
import {
	toConversationSite,
	ConnectorError,
	type Conversation,
	type Outcome,
	type TurnOutcome,
	type TurnTrace,
} from '../connectors/connector.ts';
import { mergeNotes, createRejectedNote } from '../connectors/reply/side-fields.ts';
import { CallRecorder, reportAnswer, reportFailure } from '../connection-test/call-report.ts';
import { createTraceRecorder, toTrace } from './trace.ts';
import type { Turn, TurnResult } from './turn.ts';

/** The detail that agents see when a turn fails because of Frontdesk itself. */
export const INTERNAL_FAILURE_DETAIL = 'Frontdesk itself failed; the log has the details.';

/**
 * Calls the site's AI, passes each chunk of its answer to `onChunk`, and returns the turn's result. Throws only if the
 * database fails before the first chunk; the turn is then reclaimed after its lease expires.
 */
export async function callAi(
	app: App,
	turn: Turn,
	signal: AbortSignal,
	onChunk: (text: string) => void,
): Promise<TurnResult> {
	const ctx = createSystemContext(app);
	const trace: TurnTrace = { retries: 0 };
	const recorder = turn.is_test ? new CallRecorder() : createTraceRecorder(turn);
	const recorded = turn.is_test && recorder && { settings: turn.site.connector, recorder, trace };
	let shown = '';
	let pendingFirstByte: NodeJS.Immediate | undefined;
	try {
		const connector = chooseConnector(app, turn, recorder?.wrap(app.outbound));
		const answer = connector(toConversation(ctx, turn, signal), trace);
		for (;;) {
			const next = await answer.next();
			if (next.done) {
				clearImmediate(pendingFirstByte);
				const report = recorded ? reportAnswer(app, next.value, recorded) : undefined;
				const call = createTrace(app, turn, recorder);
				return { ...createSuccessResult(turn, next.value, trace), report, call };
			}
			const chunk = cleanText(next.value);
			if (shown === '' && chunk !== '' && turn.connector !== 'scripted') {
				trace.has_begun = true;
				// Deferred, because a reply that is already complete is stored together with its first byte.
				pendingFirstByte = setImmediate(() => recordFirstByte(ctx, turn));
			}
			shown += chunk;
			if (chunk !== '') onChunk(chunk);
		}
	} catch (error) {
		const isInternal = !(error instanceof ConnectorError);
		if (shown === '' && isInternal && isTransientDatabaseError(error)) throw error;
		const report = recorded && !isInternal ? reportFailure(app, error, recorded) : undefined;
		const failure = { error, shown, trace, isAborted: signal.aborted };
		const call = createTrace(app, turn, recorder);
		const failedResult = { ...createFailureResult(app, turn, failure), report, call };
		return rescueIfDue(app, turn, failedResult, signal, onChunk);
	}
}

const createTrace = (app: App, turn: Turn, recorder: CallRecorder | undefined) =>
	recorder && !turn.is_test ? toTrace(app, turn, recorder) : undefined;

/**
 * Lets the built-in AI answer instead of the fallback text if the previous turn also failed, so that visitors can continue
 * while the site's AI is down. Returns other results unchanged.
 */
export async function rescueIfDue(
	app: App,
	turn: Turn,
	failedResult: TurnResult,
	signal: AbortSignal,
	onChunk: (text: string) => void,
): Promise<TurnResult> {
	const isRescueDue = failedResult.is_fallback && turn.previous_turn_failed;
	if (!isRescueDue || turn.is_test || turn.connector === 'scripted') return failedResult;
	const { outcome, detail, trace, call, text: shown } = failedResult;
	try {
		const answer = scriptedConnector(toConversation(createSystemContext(app), turn, signal), {
			retries: 0,
		});
		if (shown !== '') onChunk('\n\n');
		for (;;) {
			const next = await answer.next();
			if (!next.done) {
				onChunk(next.value);
				continue;
			}
			const rescued = createSuccessResult(turn, next.value, trace);
			const text = shown === '' ? rescued.text : `${shown}\n\n${rescued.text}`;
			return { ...rescued, text, is_rescue: true, outcome, detail, call };
		}
	} catch (error) {
		app.log.error({ err: error, turn_id: turn.turn_id }, 'the built-in AI failed');
		return failedResult;
	}
}

/** Returns the result of a failed turn. Text that the visitor has already seen is kept before the fallback text. */
export function createFallbackResult(
	turn: Turn,
	outcome: TurnOutcome,
	detail: string,
	extra: { shown?: string; trace?: TurnTrace } = {},
): TurnResult {
	const shown = extra.shown?.trim();
	return {
		outcome,
		// finishTurn appends the fallback text.
		text: shown ?? '',
		is_fallback: true,
		is_rescue: false,
		completed: false,
		lead: {},
		quick_replies: [],
		asked: null,
		handoff: null,
		version: null,
		unanswered: null,
		booking_url: null,
		notes: [],
		detail: cleanText(detail),
		trace: extra.trace ?? { retries: 0 },
	};
}

function createSuccessResult(turn: Turn, outcome: Outcome, trace: TurnTrace): TurnResult {
	const text = cleanText(outcome.text).trim().slice(0, INGEST_MAX_LENGTH);
	if (text === '')
		return createFallbackResult(turn, 'empty', 'The AI returned no text.', { trace });
	const asked = checkAsked(turn, outcome.asked);
	return {
		outcome: 'ok',
		text,
		is_fallback: false,
		is_rescue: turn.is_rescue,
		completed: outcome.completed ?? false,
		lead: selectNewValues(turn, outcome.lead),
		quick_replies: (outcome.quick_replies ?? [])
			.map((option) => cleanText(option).trim())
			.filter((option) => quickReply.safeParse(option).success)
			.slice(0, MAX_QUICK_REPLIES),
		asked: asked.key,
		handoff: outcome.handoff ?? null,
		version: outcome.version ?? null,
		unanswered: outcome.unanswered ?? null,
		booking_url: outcome.booking_url ?? null,
		notes: mergeNotes(asked.notes, outcome.notes),
		detail: null,
		trace,
	};
}

/** Returns the values that differ from those sent with the call, which workflows often pass through. */
const selectNewValues = ({ lead: known }: Turn, lead: LeadInput = {}): LeadInput =>
	Object.fromEntries(
		Object.entries(lead)
			.filter(([key, value]) => value === null || known[key] !== value)
			.slice(0, MAX_LEAD_FIELDS),
	);

/** Checks the key of the question that was asked. Accepts the site's questions and the core fields, which any AI may ask for. */
function checkAsked(
	{ site }: Turn,
	asked: string | undefined,
): { key: string | null; notes: TurnNote[] } {
	if (asked === undefined) return { key: null, notes: [] };
	const keys = [...site.questions.map(({ key }) => key), ...CORE_LEAD_FIELDS];
	const found = keys.find((key) => key.toLowerCase() === asked.toLowerCase());
	const note = createRejectedNote('asked', asked, 'is not the key of a question of this site');
	return found === undefined ? { key: null, notes: [note] } : { key: found, notes: [] };
}

function createFailureResult(
	app: App,
	turn: Turn,
	failure: { error: unknown; shown: string; trace: TurnTrace; isAborted: boolean },
): TurnResult {
	const { error, shown, trace } = failure;
	if (failure.isAborted) {
		// The process is stopping: the partial reply is kept, without a fallback text.
		const result = createFallbackResult(turn, 'interrupted', 'The answer was interrupted.', {
			trace,
		});
		const partial = error instanceof ConnectorError ? error.partial : shown;
		return { ...result, text: cleanText(partial).trim(), is_fallback: false };
	}
	if (error instanceof ConnectorError) {
		// The connector's partial reply excludes text that later turned out to be reasoning.
		return createFallbackResult(turn, error.outcome, error.message, {
			shown: error.partial,
			trace,
		});
	}
	app.log.error({ err: error, turn_id: turn.turn_id }, 'AI turn failed');
	return createFallbackResult(turn, 'internal', INTERNAL_FAILURE_DETAIL, { shown, trace });
}

const RECORD_FIRST_BYTE = `update ai_turns set first_byte_at = now()
	where turn_id = $1::uuid and first_byte_at is null`;

/** Records that the AI has started to answer. From then on, no process calls it again for this turn, even after a crash. */
function recordFirstByte(ctx: Ctx, { turn_id }: Turn): void {
	executePrepared(ctx.db, 'record_first_byte', RECORD_FIRST_BYTE, [turn_id]).catch(
		(error: unknown) => ctx.app.log.warn({ err: error }, 'failed to record the first byte'),
	);
}

function toConversation(ctx: Ctx, turn: Turn, signal: AbortSignal): Conversation {
	const { site, context } = turn;
	return {
		session_id: turn.session_id,
		turn_id: turn.turn_id,
		action: turn.action,
		channel: turn.channel,
		is_test: turn.is_test,
		message: turn.message,
		message_id: turn.message_id,
		context,
		lead: turn.lead,
		history: turn.history,
		handoff_missed: turn.handoff_missed,
		completion_claimed: turn.completion_claimed,
		language: getVisitorLanguage(site.look.language, context),
		business_hours_open: isOpenAt(site.business_hours, ctx.app.clock()),
		site: toConversationSite(site),
		loadTranscript: () =>
			listMessages(ctx, { id: turn.chat_session_id, session_id: turn.session_id }),
		signal,
	};
}
