import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyReader } from './reply-reader.ts';

function read(pieces: Iterable<string>) {
	const reader = new ReplyReader();
	let text = '';
	const drain = () => {
		text = (reader.takeRestart() ? '' : text) + reader.drain();
	};
	for (const piece of pieces) {
		reader.push(piece);
		drain();
	}
	reader.end();
	drain();
	const calls = reader.toolCalls.map(({ function: called }) => called);
	return { text, calls };
}

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const chunk = (delta: unknown, more = {}) => event({ choices: [{ delta, ...more }] });
const HI = chunk({ content: 'Hi' });
const DONE = 'data: [DONE]\n\n';
const NAME = '{"name":"Ada"}';
const EMAIL = '{"email":"ada@example.com"}';
const call = (id: string, index: number | undefined, text: string) => ({
	tool_calls: [{ index, id, function: { name: id && 'save_lead', arguments: text } }],
});

describe('an answer from an OpenAI-compatible server', () => {
	it.each([
		// https://github.com/RooCodeInc/Roo-Code/pull/9105, https://github.com/pydantic/pydantic-ai/issues/5165
		['chunks without choices', event({ choices: null }) + HI + event({ choices: [] }) + DONE],
		// https://github.com/earendil-works/pi/pull/1671
		['a chunk with only usage', HI + event({ usage: { total_tokens: 1 } }) + DONE],
		// https://github.com/agentuniverse-ai/agentUniverse/pull/772
		['a null delta', chunk(null) + HI + DONE],
		// https://github.com/mnfst/llm-gateway/issues/2053
		['comments as data', `: PROCESSING\n\ndata: : PROCESSING\n\n${HI}${DONE}`],
		['heartbeats', `event: ping\ndata: ping\n\n${HI}${DONE}`],
		[
			'a numeric id and no finish reason',
			event({ id: 5, choices: [{ delta: { content: 'Hi' } }] }) + DONE,
		],
		['a missing [DONE]', HI + chunk({}, { finish_reason: 'stop' })],
		['carriage returns and a byte order mark', `\ufeff${HI}${DONE}`.replaceAll('\n', '\r\n')],
		['tool calls of the wrong type', chunk({ content: 'Hi', tool_calls: {} }) + DONE],
		[
			'a text completion instead of a chat',
			event({ choices: [{ text: 'Hi', finish_reason: 'stop' }] }) + DONE,
		],
	])('is read despite %s', (_, body) => {
		expect(read([body]).text).toBe('Hi');
		expect(read(body).text).toBe('Hi');
	});

	const BODIES: [string, string][] = [
		['JSON', '{"choices":[{"message":{"content":"Hi"}}]}'],
		['events', HI + DONE],
		[
			'JSON after a byte order mark and line breaks',
			'\ufeff\n\n{"choices":[{"message":{"content":"Hi"}}]}',
		],
		[
			'JSON after comments',
			': OPENROUTER PROCESSING\n\n{"choices":[{"message":{"content":"Hi"}}]}',
		],
		[
			'JSON lines',
			'{"choices":[{"delta":{"content":"H"}}]}\n{"choices":[{"delta":{"content":"i"}}]}\n',
		],
		[
			'a list of chunks',
			'[{"choices":[{"delta":{"content":"H"}}]},{"choices":[{"delta":{"content":"i"}}]}]',
		],
		// https://github.com/ggml-org/llama.cpp/issues/14268
		['events without blank lines', (HI + DONE).replaceAll('\n\n', '\n')],
		['events with a prefix in the prefix', (HI + DONE).replaceAll('data: ', 'data: data: ')],
		['events whose lines end with \\r', (HI + DONE).replaceAll('\n', '\r')],
		['a second choice', event({ choices: [{ index: 1, delta: { content: 'No' } }] }) + HI + DONE],
		[
			'a whole message after its deltas',
			HI + event({ choices: [{ message: { content: 'Hi' } }] }) + DONE,
		],
	];
	it.each(BODIES)('is detected by its body: %s', (_, body) => {
		expect(read([body]).text).toBe('Hi');
		expect(read(body).text).toBe('Hi');
	});

	it('is read alike however it is chunked', () => {
		fc.assert(
			fc.property(fc.constantFrom(...BODIES), fc.array(fc.nat({ max: 30 })), ([, body], sizes) => {
				const pieces = [];
				let at = 0;
				for (const size of sizes) pieces.push(body.slice(at, (at += size)));
				expect(read([...pieces, body.slice(at)]).text).toBe('Hi');
			}),
		);
	});

	// https://github.com/QwenLM/qwen-code/pull/3896
	it('that repeats the text so far is read once', () => {
		const growing = ['May', 'May I have', 'May I have your name?'];
		const body = growing.map((content) => chunk({ content })).join('') + DONE;
		expect(read(body).text).toBe('May I have your name?');
	});

	it.each([
		// https://github.com/FuzzAnything/PromptFuzz/issues/42
		['Gemini’s list', '[{"error":{"code":400,"message":"boom"}}]'],
		['vLLM', '{"object":"error","message":"boom","type":"NotFoundError","code":404}'],
		['Ollama', '{"error":"boom"}'],
		['FastAPI', '{"detail":"boom"}'],
		['Cloudflare', '{"success":false,"errors":[{"code":7003,"message":"boom"}],"result":null}'],
		['MiniMax', '{"choices":null,"base_resp":{"status_code":1008,"status_msg":"boom"}}'],
		['a gateway’s code', '{"code":401,"msg":"boom"}'],
		['an event', `${HI}event: error\ndata: {"message":"boom"}\n\n`],
		['OpenRouter’s choice', HI + event({ choices: [{ delta: {}, error: { message: 'boom' } }] })],
	])('that reports an error with status 200 fails with its words: %s', (_, body) => {
		expect(() => read([body])).toThrow('The API reported an error: boom');
	});

	it.each([
		// https://github.com/NousResearch/hermes-agent/issues/62940, https://github.com/su-kaka/gcli2api/pull/406
		['two calls under one index', [call('a', 0, NAME), call('b', 0, EMAIL)]],
		[
			'two calls of one chunk under one index',
			[
				{
					tool_calls: [call('a', 0, NAME), call('b', 0, EMAIL)].flatMap(
						({ tool_calls }) => tool_calls,
					),
				},
			],
		],
		['two calls without an index', [call('a', undefined, NAME), call('b', undefined, EMAIL)]],
		// https://github.com/dyedd/lens/issues/49
		[
			'two calls without an id of the second',
			[call('a', 0, ''), call('', 0, NAME), call('', 0, EMAIL)],
		],
		[
			'the id in every fragment',
			[call('a', 0, '{"name"'), call('a', 0, ':"Ada"}'), call('b', 1, EMAIL)],
		],
		['arguments that repeat', [call('a', 0, '{"name"'), call('a', 0, NAME), call('b', 1, EMAIL)]],
		['a call that repeats', [call('a', 0, NAME), call('a', 0, NAME), call('b', 1, EMAIL)]],
	])('may send %s', (_, deltas) => {
		const body = deltas.map((delta) => chunk(delta)).join('') + DONE;
		expect(read([body]).calls.map((called) => called.arguments)).toEqual([NAME, EMAIL]);
	});

	// https://github.com/ggml-org/llama.cpp/issues/20198, https://github.com/sipeed/picoclaw/pull/1292
	it('may send function arguments as an object', () => {
		const call = { index: null, function: { name: 'save_lead', arguments: { name: 'Ada' } } };
		expect(read([chunk({ tool_calls: [call] }) + DONE]).calls).toEqual([
			{ name: 'save_lead', arguments: '{"name":"Ada"}' },
		]);
	});
});
