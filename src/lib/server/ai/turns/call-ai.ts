import { cleanText } from '#lib/contract/text.ts';
import { INGEST_MAX_LENGTH } from '#lib/contract/ingest.ts';
import { CORE_LEAD_FIELDS, leadInput, type LeadInput } from '#lib/contract/lead.ts';
import { MAX_QUICK_REPLIES, quickReply } from '#lib/contract/message.ts';
import { systemContext, type App, type Ctx } from '#lib/server/core/context.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import { executePrepared } from '#lib/server/core/db/prepared.ts';
import { findLead } from '#lib/server/leads/index.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { chooseConnector } from '../connectors/choose-connector.ts';
import {
	ConnectorError,
	type Conversation,
	type Outcome,
	type TurnOutcome,
	type TurnTrace,
} from '../connectors/connector.ts';
import { Recorder } from '../connection-test/recorder.ts';
import { reportAnswer, reportFailure } from '../connection-test/report.ts';
import type { Turn, TurnResult } from './turn.ts';

/** What people are told of a fault that is not the AI's. */
export const OUR_FAULT = 'Frontdesk itself failed; the log has the details.';

/**
 * Calls the site's AI, passes on each piece of its answer, and returns how the turn ended. Throws only when the database
 * failed before the first piece: the turn is claimed again after its lease has lapsed.
 */
export async function callAi(
	app: App,
	turn: Turn,
	signal: AbortSignal,
	onPiece: (text: string) => void,
): Promise<TurnResult> {
	const ctx = systemContext(app);
	const trace: TurnTrace = { retries: 0 };
	const recorder = turn.is_test ? new Recorder() : undefined;
	const seen = recorder && { settings: turn.site.connector, recorder, trace };
	let shown = '';
	let noting: NodeJS.Immediate | undefined;
	try {
		const connector = chooseConnector(app, turn, recorder?.watch(app.outbound));
		const answer = connector(describe(ctx, turn, signal), trace);
		for (;;) {
			const next = await answer.next();
			if (next.done) {
				clearImmediate(noting);
				const trial = seen && reportAnswer(app, next.value, seen);
				return { ...succeeded(turn, next.value, trace), trial };
			}
			const piece = cleanText(next.value);
			if (shown === '' && piece !== '' && turn.connector !== 'scripted') {
				trace.has_begun = true;
				// An answer that is there as a whole is stored at once, and its first byte with it.
				noting = setImmediate(() => noteFirstByte(ctx, turn));
			}
			shown += piece;
			if (piece !== '') onPiece(piece);
		}
	} catch (error) {
		const isOurs = !(error instanceof ConnectorError);
		if (shown === '' && isOurs && isTransientDatabaseError(error)) throw error;
		const trial = seen && !isOurs ? reportFailure(app, error, seen) : undefined;
		return { ...failed(app, turn, { error, shown, trace, isAborted: signal.aborted }), trial };
	}
}

/** What was shown of the answer and the fallback reply: the visitor keeps what they have read. */
export function fallback(
	turn: Turn,
	outcome: TurnOutcome,
	detail: string,
	extra: { shown?: string; trace?: TurnTrace } = {},
): TurnResult {
	const shown = extra.shown?.trim();
	return {
		outcome,
		// Followed by the fallback text when it is stored: see fallback-text.ts.
		text: shown ?? '',
		is_fallback: true,
		completed: false,
		lead: {},
		quick_replies: [],
		detail: cleanText(detail),
		trace: extra.trace ?? { retries: 0 },
	};
}

function succeeded(turn: Turn, outcome: Outcome, trace: TurnTrace): TurnResult {
	const text = cleanText(outcome.text).trim().slice(0, INGEST_MAX_LENGTH);
	if (text === '') return fallback(turn, 'empty', 'The AI answered without any text.', { trace });
	return {
		outcome: 'ok',
		text,
		is_fallback: false,
		completed: outcome.completed ?? false,
		lead: usableFields(outcome.lead),
		quick_replies: (outcome.quick_replies ?? [])
			.map((option) => cleanText(option).trim())
			.filter((option) => quickReply.safeParse(option).success)
			.slice(0, MAX_QUICK_REPLIES),
		detail: null,
		trace,
	};
}

/** An AI's lead may hold anything: what is no field is left out, so that the reply is stored all the same. */
function usableFields(lead: Outcome['lead']): LeadInput {
	const usable = Object.entries(lead ?? {}).flatMap(([key, value]) => {
		const field = leadInput.safeParse({ [key]: value });
		return field.success ? Object.entries(field.data) : [];
	});
	return Object.fromEntries(usable.slice(0, 60));
}

function failed(
	app: App,
	turn: Turn,
	met: { error: unknown; shown: string; trace: TurnTrace; isAborted: boolean },
): TurnResult {
	const { error, shown, trace } = met;
	if (met.isAborted) {
		// The process stops: the answer is kept as far as it came.
		const result = fallback(turn, 'interrupted', 'The answer was interrupted.', { trace });
		const kept = error instanceof ConnectorError ? error.partial : shown;
		return { ...result, text: cleanText(kept).trim(), is_fallback: false };
	}
	if (error instanceof ConnectorError) {
		// What was shown may have turned out to be a thought: the connector knows what is left.
		return fallback(turn, error.outcome, error.message, { shown: error.partial, trace });
	}
	app.log.error({ err: error, turn_id: turn.turn_id }, 'an AI turn failed');
	return fallback(turn, 'internal', OUR_FAULT, { shown, trace });
}

const NOTE_FIRST_BYTE = `update ai_turns set first_byte_at = now()
	where turn_id = $1::uuid and first_byte_at is null`;

/** After this the AI is never called again for the turn, not even by the process that takes it up after a crash. */
function noteFirstByte(ctx: Ctx, { turn_id }: Turn): void {
	executePrepared(ctx.db, 'note_first_byte', NOTE_FIRST_BYTE, [turn_id]).catch((error: unknown) =>
		ctx.app.log.warn({ err: error }, 'a first byte was not noted'),
	);
}

function describe(ctx: Ctx, turn: Turn, signal: AbortSignal): Conversation {
	const { site, session_id } = turn;
	const chat = { id: turn.chat_session_id, session_id };
	return {
		session_id,
		turn_id: turn.turn_id,
		action: turn.action,
		is_test: turn.is_test,
		message: turn.message,
		message_id: turn.message_id,
		site: {
			key: site.key,
			name: site.name,
			completion_phrase: site.completion_phrases[0] ?? 'within 24 hours',
			questions: site.questions,
		},
		context: turn.context,
		async lead() {
			const lead = await findLead(ctx, chat);
			if (!lead) return {};
			const core = CORE_LEAD_FIELDS.map((field) => [field, lead[field]] as const);
			const known = [...core, ...Object.entries(lead.answers)];
			return Object.fromEntries(known.flatMap(([key, value]) => (value ? [[key, value]] : [])));
		},
		history: () => listMessages(ctx, chat),
		signal,
	};
}
