import { cleanText } from '#lib/contract/text.ts';
import type { Outbound } from '#lib/server/core/outbound/index.ts';
import { type Connector, ConnectorError, type Outcome, type TurnTrace } from '../connector.ts';
import { toConnectorError } from '../failures.ts';
import { Answer } from '../reply/answer.ts';
import { HeldText } from '../reply/held-text.ts';
import { type Call, postCompletion } from './call.ts';
import { type ChatMessage, chatMessages } from './prompt.ts';
import { ReplyReader } from './reply-reader.ts';
import { leadTool, takeCall, type Told } from './tool.ts';

export interface OpenAiSettings {
	/** Everything before `/chat/completions`. */
	base_url: string;
	model: string;
	api_key: string | null;
	/** Empty: one that is made of the site's name. */
	system_prompt: string;
	/** Milliseconds to the first byte of an answer, between two pieces of it, and for the whole turn. */
	timeouts?: { firstByte?: number; idle?: number; total?: number };
}

const TIMEOUTS = { firstByte: 60_000, idle: 25_000, total: 120_000 };
/** A model that calls functions again and again without a word is stopped. */
const MAX_ROUNDS = 4;

/**
 * Makes the connector of one site's OpenAI-compatible API. The model hands the lead over by calling a function that is
 * made of the site's questions; after such a call it is asked to go on, as the protocol has it.
 */
export function createOpenAiConnector(
	settings: OpenAiSettings,
	{ outbound }: { outbound: Outbound },
): Connector {
	const limits = { ...TIMEOUTS, ...settings.timeouts };
	const url = `${settings.base_url.replace(/\/+$/, '')}/chat/completions`;
	return async function* (conversation, trace) {
		const told: Told = { lead: {}, completed: false, quick_replies: [] };
		const deadline = performance.now() + limits.total;
		const answer = new Answer();
		try {
			const messages = await chatMessages(conversation, settings.system_prompt);
			const tools = [leadTool(conversation.site.questions)];
			for (let round = 0; round < MAX_ROUNDS; round++) {
				const body = { model: settings.model, stream: true, messages, tools };
				const { signal, message } = conversation;
				const call = { url, api_key: settings.api_key, body, limits, deadline, signal };
				// What is said after a call of the function stands apart from what was said before.
				if (answer.text !== '') answer.say('\n\n');
				const held = new HeldText(answer, { heard: message });
				const reader = yield* speak(outbound, call, trace, { answer, held });
				const { toolCalls } = reader;
				if (toolCalls.length === 0) break;
				messages.push({ role: 'assistant', content: null, tool_calls: toolCalls });
				for (const { id, function: called } of toolCalls) {
					const content = takeCall(told, called.name, called.arguments);
					messages.push({ role: 'tool', tool_call_id: id, content });
				}
			}
		} catch (error) {
			throw toConnectorError(error, answer.text, trace, FAILED);
		}
		if (answer.text === '') throw new ConnectorError('empty', EMPTY);
		return outcomeOf(answer, told);
	};
}

/** What the model says in JSON of a workflow's form counts like what it hands over by the function. */
function outcomeOf({ text, fields }: Answer, told: Told): Outcome {
	return {
		text,
		lead: { ...fields.lead, ...told.lead },
		completed: told.completed || (fields.completed ?? false),
		quick_replies:
			told.quick_replies.length > 0 ? told.quick_replies : (fields.quick_replies ?? []),
	};
}

/** Says one answer of the API piece by piece, and gives what else it holds. */
async function* speak(
	outbound: Outbound,
	call: Call & { body: { messages: ChatMessage[] } },
	trace: TurnTrace,
	{ answer, held }: { answer: Answer; held: HeldText },
): AsyncGenerator<string, ReplyReader, void> {
	const response = await postCompletion(outbound, call, trace);
	const reader = new ReplyReader(response.headers.get('content-type') ?? '');
	const decoder = new TextDecoder();
	const fresh = function* () {
		held.push(reader.take());
		yield* answer.take();
	};
	try {
		for await (const bytes of response.body) {
			reader.push(decoder.decode(bytes, { stream: true }));
			yield* fresh();
			if (reader.isDone) break;
		}
		reader.push(decoder.decode());
		reader.end();
		yield* fresh();
	} catch (error) {
		// What came together with the fault was said before it.
		yield* fresh();
		throw error;
	} finally {
		trace.shape = reader.shape;
		trace.execution_id = reader.id && cleanText(reader.id).slice(0, 100).toWellFormed();
	}
	held.end();
	yield* answer.take();
	if (reader.finish === 'content_filter') throw new ConnectorError('workflow_error', FILTERED);
	return reader;
}

const FAILED = {
	name: 'The AI',
	remedies: {
		timeout: ' A smaller model answers faster.',
		unreachable: ' Check that the base URL is right and that the server is running.',
		too_large: ' An answer of this size is no chat message.',
	},
};
const EMPTY = 'The model answered without any text.';
const FILTERED = "The provider's content filter stopped the answer.";
