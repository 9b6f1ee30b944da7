import type { ServerResponse } from 'node:http';
import { type Exchange, hang, reset, send, sendJson } from '../exchange.ts';

/** A call to the API. `call` counts the calls of this mode, starting at 1. */
export interface OpenAiExchange extends Exchange {
	call: number;
}
type Handler = (exchange: OpenAiExchange) => void | Promise<void>;

const ID = 'chatcmpl-stand-in';
const REPLY = 'Grüß dich! 👋 What is your budget?';

const event = (choice: object) =>
	`data: ${JSON.stringify({ id: ID, object: 'chat.completion.chunk', choices: [{ index: 0, ...choice }] })}\n\n`;
const text = (content: string) => event({ delta: { content }, finish_reason: null });
const end = (finish_reason = 'stop') => `${event({ delta: {}, finish_reason })}data: [DONE]\n\n`;
const words = (said: string) => said.split(/(?<= )/).map(text);

function open(response: ServerResponse): void {
	response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
}

/** Sends bytes in pieces that split characters and lines. */
async function inPieces({ response, pause }: OpenAiExchange, body: string, size: number) {
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

const call = (index: number, piece: object) =>
	event({ delta: { tool_calls: [{ index, ...piece }] } });
const save = (id: string, index: number, pieces: string[]) => [
	call(index, { id, type: 'function', function: { name: 'save_lead', arguments: '' } }),
	...pieces.map((piece) => call(index, { function: { arguments: piece } })),
];

/** How the workflow `chat-agent` asks for what it extracts. */
const isExtraction = ({ request }: OpenAiExchange) =>
	request.body.includes('Extract from this conversation');
/** What the extraction returns: the phone number in the conversation, if there is one. */
function answerExtraction(exchange: OpenAiExchange): void | Promise<void> {
	const { request, response } = exchange;
	const [phone = null] = /\+\d[\d ]{6,}\d/.exec(request.body.toString()) ?? [];
	const found = { lead: { phone, company: null }, asked: null, completed: false, handoff: null };
	const content = JSON.stringify(found);
	if (request.body.includes('"stream":true')) return stream(text(content), end())(exchange);
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
		exchange.call === 1 ? first(exchange) : stream(...words(REPLY), end())(exchange);

export const OPENAI_MODES = {
	ok: (exchange) =>
		isExtraction(exchange)
			? answerExtraction(exchange)
			: stream(
					event({ delta: { role: 'assistant', content: '' } }),
					...words(REPLY),
					end(),
				)(exchange),
	'split-bytes': (exchange) => inPieces(exchange, [...words(REPLY), end()].join(''), 3),
	'not-streaming': ({ response }) =>
		sendJson(response, {
			id: ID,
			choices: [{ message: { role: 'assistant', content: REPLY }, finish_reason: 'stop' }],
		}),
	tool: thenText((exchange) =>
		inPieces(
			exchange,
			[
				...save('call_a', 0, ['{"na', 'me":"Zoë', '","email":"zoe@example.com","people":', '40}']),
				end('tool_calls'),
			].join(''),
			7,
		),
	),
	'two-tools': thenText(
		stream(
			...save('call_a', 0, ['{"name":"Zoë"}']),
			...save('call_b', 1, ['{"budget":"5k","completed":true,"quick_replies":["Yes","No"]}']),
			end('tool_calls'),
		),
	),
	'text-and-tool': thenText(
		stream(text('Noted. '), ...save('call_a', 0, ['{"name":"Zoë"}']), end('tool_calls')),
	),
	'broken-arguments': thenText(stream(...save('call_a', 0, ['{"name":']), end('tool_calls'))),
	'unknown-tool': thenText(
		stream(call(0, { id: 'x', function: { name: 'rm_rf', arguments: '{}' } }), end('tool_calls')),
	),
	'tools-for-ever': stream(...save('call_a', 0, ['{"name":"Zoë"}']), end('tool_calls')),
	'error-in-stream': stream(
		text('I can '),
		`data: ${JSON.stringify({ error: { message: 'The server had an error', type: 'server_error' } })}\n\n`,
	),
	'cut-short': stream(text('I can ')),
	reset: async ({ response, pause }) => {
		open(response);
		response.write(text('I can '));
		await pause(20);
		reset(response);
	},
	'rate-limited-once': (exchange) =>
		exchange.call === 1
			? refuse(429, 'Rate limit reached', { 'retry-after': '0' })(exchange)
			: stream(...words(REPLY), end())(exchange),
	'rate-limited': refuse(429, 'You exceeded your current quota', { 'retry-after': '3600' }),
	overloaded: refuse(503, 'The engine is currently overloaded', { 'retry-after': '0' }),
	'wrong-key': refuse(401, 'Incorrect API key provided'),
	'no-model': refuse(404, 'The model `gpt-x` does not exist'),
	'bad-request': refuse(400, "Unsupported parameter: 'tools'"),
	html: ({ response }) => send(response, 200, 'text/html', '<!doctype html><title>Sign in</title>'),
	garbage: ({ response }) => send(response, 200, 'application/json', '{"choices": 7}'),
	empty: stream(end()),
	filtered: stream(text('I '), end('content_filter')),
	'never-answers': hang,
	stalls: async ({ response }) => {
		open(response);
		response.write(text('I can '));
	},
} satisfies Record<string, Handler>;

export type OpenAiMode = keyof typeof OPENAI_MODES;
export { REPLY as OPENAI_REPLY };
