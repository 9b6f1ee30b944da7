import { cleanText } from '#lib/contract/text.ts';
import type { Outbound } from '#lib/server/core/outbound/index.ts';
import { type Connector, ConnectorError, type TurnTrace } from '../connector';
import { toConnectorError } from '../failures';
import { type Call, postCompletion } from './call';
import { type ChatMessage, chatMessages } from './prompt';
import { ReplyReader } from './reply-reader';
import { leadTool, takeCall, type Told } from './tool';

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
		let text = '';
		try {
			const messages = await chatMessages(conversation, settings.system_prompt);
			const tools = [leadTool(conversation.site.questions)];
			for (let round = 0; round < MAX_ROUNDS; round++) {
				const body = { model: settings.model, stream: true, messages, tools };
				const { signal } = conversation;
				const call = { url, api_key: settings.api_key, body, limits, deadline, signal };
				const spoken = speak(outbound, call, trace, text);
				let next = await spoken.next();
				for (; !next.done; next = await spoken.next()) {
					text += next.value;
					yield next.value;
				}
				const { toolCalls } = next.value;
				if (toolCalls.length === 0) break;
				messages.push({ role: 'assistant', content: null, tool_calls: toolCalls });
				for (const { id, function: called } of toolCalls) {
					const content = takeCall(told, called.name, called.arguments);
					messages.push({ role: 'tool', tool_call_id: id, content });
				}
			}
		} catch (error) {
			throw toConnectorError(error, text, trace, FAILED);
		}
		if (text.trim() === '') throw new ConnectorError('empty', EMPTY);
		return { text, ...told };
	};
}

/** One answer of the API, piece by piece; what was said in an earlier round stands apart from it. */
async function* speak(
	outbound: Outbound,
	call: Call & { body: { messages: ChatMessage[] } },
	trace: TurnTrace,
	before: string,
): AsyncGenerator<string, ReplyReader, void> {
	const response = await postCompletion(outbound, call, trace);
	const reader = new ReplyReader(response.headers.get('content-type') ?? '');
	const decoder = new TextDecoder();
	let gap = before.trim() === '' ? '' : '\n\n';
	const fresh = function* () {
		const piece = reader.take();
		if (piece === '') return;
		yield gap + piece;
		gap = '';
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
