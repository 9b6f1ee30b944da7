import { cleanText } from '#lib/contract/text.ts';
import type { Outbound, OutboundTimeouts } from '#lib/server/core/outbound/index.ts';
import {
	type Connector,
	ConnectorError,
	DEFAULT_TIMEOUTS,
	type Outcome,
	type TurnTrace,
} from '../connector.ts';
import { BodyDecoder } from '../body-decoder.ts';
import { toConnectorError } from '../failures.ts';
import { Answer } from '../reply/answer.ts';
import { mergeFields } from '../reply/side-fields.ts';
import { ReplyBuffer } from '../reply/reply-buffer.ts';
import { type CompletionCall, postCompletion } from './call.ts';
import {
	type ChatMessage,
	type LeadReport,
	createLeadTool,
	saveLead,
	toChatMessages,
} from './prompt.ts';
import { ReplyReader } from './reply-reader.ts';

export interface OpenAiSettings {
	/** Everything before `/chat/completions`. */
	base_url: string;
	model: string;
	api_key: string | null;
	/** If empty, a default prompt with the site's name is used. */
	system_prompt: string;
	timeouts?: Partial<OutboundTimeouts>;
}

/** The maximum number of API calls in one turn, to stop a model that keeps calling functions. */
const MAX_ROUNDS = 4;

/**
 * Creates the connector for an OpenAI-compatible API. The model reports the lead by calling a function derived from the
 * site's questions; after each call it gets the result and continues.
 */
export function createOpenAiConnector(
	settings: OpenAiSettings,
	{ outbound }: { outbound: Outbound },
): Connector {
	const limits = { ...DEFAULT_TIMEOUTS, ...settings.timeouts };
	const url = `${settings.base_url.replace(/\/+$/, '')}/chat/completions`;
	return async function* (conversation, trace) {
		const report: LeadReport = {};
		const deadline = performance.now() + limits.total;
		const answer = new Answer();
		try {
			const messages = toChatMessages(conversation, settings.system_prompt);
			const tools = [createLeadTool(conversation.site.questions)];
			for (let round = 0; round < MAX_ROUNDS; round++) {
				const body = { model: settings.model, stream: true, messages, tools };
				const { signal, message } = conversation;
				const call = { url, api_key: settings.api_key, body, limits, deadline, signal };
				// Text after a function call starts a new paragraph.
				if (answer.text !== '') answer.append('\n\n');
				const reader = yield* streamAnswer(outbound, call, trace, { answer, message });
				const { toolCalls } = reader;
				if (toolCalls.length === 0) break;
				messages.push({ role: 'assistant', content: null, tool_calls: toolCalls });
				for (const { id, function: called } of toolCalls) {
					const content = saveLead(report, called.name, called.arguments);
					messages.push({ role: 'tool', tool_call_id: id, content });
				}
			}
		} catch (error) {
			throw toConnectorError(error, answer.text, trace, AI);
		}
		if (answer.text === '') throw new ConnectorError('empty', EMPTY_ANSWER);
		return toOutcome(answer, report);
	};
}

/** Merges the fields that the model reported through function calls with those of a JSON answer. */
function toOutcome({ text, fields }: Answer, report: LeadReport): Outcome {
	const { execution_id: _, ...merged } = fields;
	mergeFields(merged, report);
	const completed = report.completed === true || (fields.completed ?? false);
	return { text, ...merged, lead: merged.lead ?? {}, completed };
}

/** Yields one answer from the API in chunks and returns its reader, which holds the function calls. */
async function* streamAnswer(
	outbound: Outbound,
	call: CompletionCall & { body: { messages: ChatMessage[] } },
	trace: TurnTrace,
	{ answer, message }: { answer: Answer; message: string },
): AsyncGenerator<string, ReplyReader, void> {
	const response = await postCompletion(outbound, call, trace);
	const reader = new ReplyReader();
	const decoder = new BodyDecoder(response.headers.get('content-type') ?? '');
	const mark = answer.mark();
	const createBuffer = () => new ReplyBuffer(answer, { visitorMessage: message });
	let buffer = createBuffer();
	const flush = function* () {
		if (reader.takeRestart()) {
			answer.retract(mark);
			buffer = createBuffer();
		}
		buffer.push(reader.drain());
		yield* answer.drain();
	};
	try {
		for await (const bytes of response.body) {
			reader.push(decoder.push(bytes));
			yield* flush();
			if (reader.isDone) break;
		}
		reader.push(decoder.end());
		reader.end();
		yield* flush();
	} catch (error) {
		// Text may have arrived before the error in the same chunk.
		yield* flush();
		throw error;
	} finally {
		trace.shape = reader.shape;
		trace.execution_id = reader.id && cleanText(reader.id).slice(0, 100).toWellFormed();
	}
	buffer.end();
	yield* answer.drain();
	if (reader.finishReason === 'content_filter')
		throw new ConnectorError('workflow_error', CONTENT_FILTERED);
	return reader;
}

const AI = {
	name: 'The AI',
	remedies: {
		timeout: ' A smaller model answers faster.',
		unreachable: ' Check that the base URL is right and that the server is running.',
		too_large: ' The answer is too large for a chat message.',
	},
};
const EMPTY_ANSWER = 'The model returned no text.';
const CONTENT_FILTERED = "The provider's content filter stopped the answer.";
