import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	readAnswer as read,
	readJsonAnswer as readJson,
} from '../../../../../../tests/support/read-answer.ts';

const ASK = 'May I have your name?';
const [A, B] = ['May I have ', 'your name?'];
const delta = (content: string) => ({ choices: [{ delta: { content } }] });
const events = (...values: unknown[]) =>
	values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('');
const lines = (...values: unknown[]) =>
	values.map((value) => `${JSON.stringify(value)}\n`).join('');
const chunk = (type: string, content?: unknown) => ({ type, content, metadata: { nodeId: 'a' } });
const RUN = [chunk('begin'), chunk('item', A), chunk('item', B), chunk('end')];
const STREAM = events(delta(A), delta(B));

describe('a stream as servers and proxies send it', () => {
	const STREAMS: [string, string, string?][] = [
		// https://github.com/EdamAme-x/pentect/issues/1438
		['lines that end with \\r', STREAM.replaceAll('\n', '\r')],
		['the same, declared as text', STREAM.replaceAll('\n', '\r'), 'text/plain'],
		// https://github.com/miruamel/xuan/issues/194
		['lines that end with \\r\\n', STREAM.replaceAll('\n', '\r\n')],
		// https://github.com/ggml-org/llama.cpp/issues/14268
		['events without a blank line', `${STREAM.replaceAll('\n\n', '\n')}data: [DONE]\n`],
		['a prefix in a prefix', STREAM.replaceAll('data: ', 'data: data: ')],
		// https://github.com/dataelement/Clawith/pull/106
		['a prefix without a space', STREAM.replaceAll('data: ', 'data:')],
		// https://github.com/SamSaffron/term-llm/pull/454
		['an event over several lines', `data: {\ndata:  "text":\ndata: "${ASK}"}\n\n`],
		// https://github.com/earendil-works/pi/issues/8430
		['a blank line after the event’s name', STREAM.replaceAll('data', 'event: token\n\ndata')],
		['a quoted end', `${STREAM}data: "[DONE]"\n\n`],
		['null and undefined as data', `data: null\n\n${STREAM}data: undefined\n\n`],
		['an event that is cut off', `${events({ text: ASK })}data: {"tex`],
		['a text declared as events', ASK],
		['JSON declared as events', JSON.stringify({ output: ASK })],
		['JSON lines declared as events', lines({ text: A }, { text: B })],
		['JSON after comments', `: PROCESSING\n\n${JSON.stringify(delta(ASK))}`, 'application/json'],
		['JSON lines with an end', `${lines(delta(ASK))}[DONE]\n`, 'application/x-ndjson'],
		// https://github.com/CodingTrain/Bizarro-Devin/pull/87
		['values without a separator', JSON.stringify({ text: A }) + JSON.stringify({ text: B })],
		['n8n’s lines without a separator', lines(...RUN).replaceAll('\n', ''), 'application/json'],
		['n8n’s lines after a comment', `:\n\n${lines(...RUN)}`, 'application/json'],
		['n8n’s lines in a list', JSON.stringify(RUN), 'application/json'],
		['n8n’s lines as events', events(...RUN)],
		['n8n’s lines with an object', lines(chunk('begin'), chunk('item', { output: ASK }))],
		['chunks in a list', JSON.stringify([delta(A), delta(B)]), 'application/json'],
	];
	it.each(STREAMS)('is read whole and in chunks: %s', (_, body, type = 'text/event-stream') => {
		expect(read([body], { type })).toBe(ASK);
		expect(read([...body], { type })).toBe(ASK);
	});

	// https://github.com/ollama/ollama/issues/1728
	it('may be the text of a node that collected it', () => {
		const ollama = (content: string, done: boolean) => ({
			model: 'q',
			message: { role: 'assistant', content },
			done,
		});
		expect(readJson({ data: `${STREAM}data: [DONE]\n\n` })).toBe(ASK);
		expect(readJson(STREAM)).toBe(ASK);
		expect(readJson([{ data: lines(ollama(A, false), ollama(B, true)) }])).toBe(ASK);
	});

	it('that repeats the text so far shows it once', () => {
		const growing = ['May', 'May I have', ASK];
		// https://github.com/QwenLM/qwen-code/pull/3896, https://github.com/tashfeenahmed/freellmapi/pull/1007
		for (const stream of [
			events(...growing.map(delta)),
			events(...growing.map((text) => ({ output: { choices: [{ message: { content: text } }] } }))),
			events(...growing.map((text) => ({ output: { text } }))),
			events(delta(A), delta(B), delta(ASK)),
		]) {
			expect(read([stream], { type: 'text/event-stream' })).toBe(ASK);
		}
		// https://github.com/Quorinex/Kiro-Go/pull/138
		for (const tokens of [
			['1', '83', '3'],
			['哈', '哈', '哈'],
			['ab', 'ab', 'abab'],
			['6', '66', '6'],
		]) {
			const stream = events(...tokens.map(delta));
			expect(read([stream], { type: 'text/event-stream' })).toBe(tokens.join(''));
		}
	});

	it('is read alike however it is chunked', () => {
		const bodies = fc.constantFrom(...STREAMS);
		fc.assert(
			fc.property(bodies, fc.array(fc.nat({ max: 30 })), ([, body, type], sizes) => {
				const pieces = [];
				let at = 0;
				for (const size of sizes) pieces.push(body.slice(at, (at += size)));
				pieces.push(body.slice(at));
				expect(read(pieces, { type: type ?? 'text/event-stream' })).toBe(ASK);
			}),
		);
	});
});

describe('a stream of tokens under other names', () => {
	const STREAMS: [string, string][] = [
		// https://github.com/cloudflare/cloudflare-docs/pull/19018
		['Workers AI', events({ response: A, p: 'ab' }, { response: B, p: 'a' }, { response: '' })],
		['Baidu', events({ result: A, is_end: false }, { result: B, is_end: true })],
		['answers', events({ answer: A }, { answer: B })],
		[
			'Strands',
			events(...[A, B].map((text) => ({ event: { contentBlockDelta: { delta: { text } } } }))),
		],
		[
			'the Agents SDK of OpenAI',
			events(
				...[A, B].map((text) => ({
					type: 'raw_response_event',
					data: { type: 'response.output_text.delta', delta: text },
				})),
			),
		],
		[
			'AutoGen',
			events(
				{ source: 'user', content: 'Hi', type: 'TextMessage' },
				{ source: 'assistant', content: A, type: 'ModelClientStreamingChunkEvent' },
				{ source: 'assistant', content: B, type: 'ModelClientStreamingChunkEvent' },
				{ source: 'assistant', content: ASK, type: 'TextMessage' },
			),
		],
	];
	it.each(STREAMS)('is reduced to its text: %s', (_, body) => {
		expect(read([body], { type: 'text/event-stream' })).toBe(ASK);
		expect(read([...body], { type: 'text/event-stream' })).toBe(ASK);
	});
});

describe('JSON with a mistake', () => {
	const MISTAKES: [string, string][] = [
		// https://github.com/mangiucugna/json_repair/issues/10
		['single quotes', `{'output': '${ASK}'}`],
		// https://github.com/microsoft/RD-Agent/pull/1374, https://github.com/mangiucugna/json_repair/issues/210
		['literals of Python', `{"output": "${ASK}", "lead": None, "completed": False}`],
		// https://github.com/Project-N-E-K-O/N.E.K.O/pull/718
		['keys without quotes', `{output: "${ASK}"}`],
		['curly quotes', `{“output”: “${ASK}”}`],
		['comments', `{ // The reply\n "output": /* here */ "${ASK}" }`],
		['literals of JavaScript', `{"output": "${ASK}", "score": NaN, "lead": undefined}`],
		// https://github.com/n8n-io/n8n/issues/27726
		['words in front, in the same line', `Sure! {"reply":"${ASK}"}`],
		['a label', `Output: {"reply":"${ASK}"}`],
		['the language in front', `json\n{"output":"${ASK}"}`],
		['a prefix against inclusion', `)]}',\n{"output":"${ASK}"}`],
		['the = of an expression, typed twice', `={"output":"${ASK}"}`],
		['encoded twice', JSON.stringify(JSON.stringify({ output: ASK }))],
		['a byte order mark', `\ufeff{"output":"${ASK}"}`],
	];
	it.each(MISTAKES)('is read: %s', (_, body) => {
		expect(read([body])).toBe(ASK);
		expect(read([...body])).toBe(ASK);
		expect(readJson({ output: body })).toBe(ASK);
	});
	it('keeps quotation marks and backslashes in texts', () => {
		// https://github.com/EuleMitKeule/webhook-conversation/issues/8
		expect(read([`{"output":"He said "hello" to you"}`])).toBe('He said "hello" to you');
		expect(read([`{"output":"It\\'s in C:\\Users\\x"}`])).toBe("It's in C:\\Users\\x");
	});
	it('that is cut off is not a reply', () => {
		expect(read([`{"output":"${ASK}","lead":{"name":"A`])).toBe('(bad_shape)');
	});
});
