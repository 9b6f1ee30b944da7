import { describe, expect, it } from 'vitest';
import { ReplyReader } from './reply-reader.ts';

function read(pieces: Iterable<string>, type = 'text/event-stream') {
	const reader = new ReplyReader(type);
	let text = '';
	for (const piece of pieces) {
		reader.push(piece);
		text += reader.drain();
	}
	reader.end();
	const calls = reader.toolCalls.map(({ function: called }) => called);
	return { text: text + reader.drain(), calls };
}

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const chunk = (delta: unknown, more = {}) => event({ choices: [{ delta, ...more }] });
const HI = chunk({ content: 'Hi' });
const DONE = 'data: [DONE]\n\n';

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

	it.each([
		['JSON declared as text', 'text/plain', '{"choices":[{"message":{"content":"Hi"}}]}'],
		['a stream declared as JSON', 'application/json', HI + DONE],
	])('is detected by its first characters: %s', (_, type, body) => {
		expect(read([body], type).text).toBe('Hi');
	});

	// https://github.com/ggml-org/llama.cpp/issues/20198, https://github.com/sipeed/picoclaw/pull/1292
	it('may send function arguments as an object', () => {
		const call = { index: null, function: { name: 'save_lead', arguments: { name: 'Ada' } } };
		expect(read([chunk({ tool_calls: [call] }) + DONE]).calls).toEqual([
			{ name: 'save_lead', arguments: '{"name":"Ada"}' },
		]);
	});
});
