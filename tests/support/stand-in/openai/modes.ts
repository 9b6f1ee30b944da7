import type { ServerResponse } from 'node:http';
import { type Exchange, hang, reset, send, sendJson } from '../exchange.ts';

/** A call to the API. `call` counts the calls of this mode, starting at 1. */
export interface OpenAiExchange extends Exchange {
	call: number;
}
type Handler = (exchange: OpenAiExchange) => void | Promise<void>;

const ID = 'chatcmpl-stand-in';
const REPLY = 'Grüß dich! 👋 What is your budget?';

const createEvent = (choice: object) =>
	`data: ${JSON.stringify({ id: ID, object: 'chat.completion.chunk', choices: [{ index: 0, ...choice }] })}\n\n`;
const createTextEvent = (content: string) =>
	createEvent({ delta: { content }, finish_reason: null });
const createEnd = (finish_reason = 'stop') =>
	`${createEvent({ delta: {}, finish_reason })}data: [DONE]\n\n`;
const createWordEvents = (reply: string) => reply.split(/(?<= )/).map(createTextEvent);

function open(response: ServerResponse): void {
	response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
}

/** Sends bytes in chunks that split characters and lines. */
async function sendInChunks({ response, pause }: OpenAiExchange, body: string, size: number) {
	open(response);
	const bytes = Buffer.from(body);
	for (let at = 0; at < bytes.length; at += size) {
		response.write(bytes.subarray(at, at + size));
		await pause(1);
	}
	response.end();
}

const stream =
	(...events: string[]): Handler =>
	({ response }) => {
		open(response);
		response.end(events.join(''));
	};

const refuse =
	(status: number, message: string, headers: Record<string, string> = {}): Handler =>
	({ response }) => {
		for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
		sendJson(response, { error: { message, type: 'stand_in_error' } }, status);
	};

const call = (index: number, chunk: object) =>
	createEvent({ delta: { tool_calls: [{ index, ...chunk }] } });
const createLeadCall = (id: string, index: number, chunks: string[]) => [
	call(index, { id, type: 'function', function: { name: 'save_lead', arguments: '' } }),
	...chunks.map((chunk) => call(index, { function: { arguments: chunk } })),
];

/** Returns whether this is the extraction request of the workflow `chat-agent`. */
const isExtraction = ({ request }: OpenAiExchange) =>
	request.body.includes('Extract from this conversation');
/** Returns the result of the extraction: the phone number in the conversation, if there is one. */
function answerExtraction(exchange: OpenAiExchange): void | Promise<void> {
	const { request, response } = exchange;
	const [phone = null] = /\+\d[\d ]{6,}\d/.exec(request.body.toString()) ?? [];
	const found = { lead: { phone, company: null }, asked: null, completed: false, handoff: null };
	const content = JSON.stringify(found);
	if (request.body.includes('"stream":true'))
		return stream(createTextEvent(content), createEnd())(exchange);
	sendJson(response, {
		id: ID,
		object: 'chat.completion',
		choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
	});
}

/** Answers the first call with `first`, later calls with text. */
const thenText =
	(first: Handler): Handler =>
	(exchange) =>
		exchange.call === 1
			? first(exchange)
			: stream(...createWordEvents(REPLY), createEnd())(exchange);

export const OPENAI_MODES = {
	ok: (exchange) =>
		isExtraction(exchange)
			? answerExtraction(exchange)
			: stream(
					createEvent({ delta: { role: 'assistant', content: '' } }),
					...createWordEvents(REPLY),
					createEnd(),
				)(exchange),
	'split-bytes': (exchange) =>
		sendInChunks(exchange, [...createWordEvents(REPLY), createEnd()].join(''), 3),
	'not-streaming': ({ response }) =>
		sendJson(response, {
			id: ID,
			choices: [{ message: { role: 'assistant', content: REPLY }, finish_reason: 'stop' }],
		}),
	tool: thenText((exchange) =>
		sendInChunks(
			exchange,
			[
				...createLeadCall('call_a', 0, [
					'{"na',
					'me":"Zoë',
					'","email":"zoe@example.com","people":',
					'40}',
				]),
				createEnd('tool_calls'),
			].join(''),
			7,
		),
	),
	'two-tools': thenText(
		stream(
			...createLeadCall('call_a', 0, ['{"name":"Zoë"}']),
			...createLeadCall('call_b', 1, [
				'{"budget":"5k","completed":true,"quick_replies":["Yes","No"]}',
			]),
			createEnd('tool_calls'),
		),
	),
	'text-and-tool': thenText(
		stream(
			createTextEvent('Noted. '),
			...createLeadCall('call_a', 0, ['{"name":"Zoë"}']),
			createEnd('tool_calls'),
		),
	),
	'broken-arguments': thenText(
		stream(...createLeadCall('call_a', 0, ['{"name":']), createEnd('tool_calls')),
	),
	'unknown-tool': thenText(
		stream(
			call(0, { id: 'x', function: { name: 'rm_rf', arguments: '{}' } }),
			createEnd('tool_calls'),
		),
	),
	'endless-tools': stream(
		...createLeadCall('call_a', 0, ['{"name":"Zoë"}']),
		createEnd('tool_calls'),
	),
	'error-in-stream': stream(
		createTextEvent('I can '),
		`data: ${JSON.stringify({ error: { message: 'The server had an error', type: 'server_error' } })}\n\n`,
	),
	'cut-short': stream(createTextEvent('I can ')),
	reset: async ({ response, pause }) => {
		open(response);
		response.write(createTextEvent('I can '));
		await pause(20);
		reset(response);
	},
	'rate-limited-once': (exchange) =>
		exchange.call === 1
			? refuse(429, 'Rate limit reached', { 'retry-after': '0' })(exchange)
			: stream(...createWordEvents(REPLY), createEnd())(exchange),
	'rate-limited': refuse(429, 'You exceeded your current quota', { 'retry-after': '3600' }),
	overloaded: refuse(503, 'The engine is currently overloaded', { 'retry-after': '0' }),
	'wrong-key': refuse(401, 'Incorrect API key provided'),
	'no-model': refuse(404, 'The model `gpt-x` does not exist'),
	'bad-request': refuse(400, "Unsupported parameter: 'tools'"),
	html: ({ response }) => send(response, 200, 'text/html', '<!doctype html><title>Sign in</title>'),
	garbage: ({ response }) => send(response, 200, 'application/json', '{"choices": 7}'),
	empty: stream(createEnd()),
	filtered: stream(createTextEvent('I '), createEnd('content_filter')),
	'never-answers': hang,
	stalls: async ({ response }) => {
		open(response);
		response.write(createTextEvent('I can '));
	},
} satisfies Record<string, Handler>;

export type OpenAiMode = keyof typeof OPENAI_MODES;
export { REPLY as OPENAI_REPLY };
