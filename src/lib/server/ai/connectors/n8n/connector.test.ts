import { createServer } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createConversation } from '../../../../../../tests/factories/conversation.ts';
import {
	type AiAnswer,
	type AiMode,
	sendJson,
} from '../../../../../../tests/support/stand-in/index.ts';
import { useStandIn } from '../../../../../../tests/support/use-stand-in.ts';
import { createOutbound } from '#lib/server/core/outbound/index.ts';
import {
	ConnectorError,
	type Conversation,
	type Outcome,
	type TurnOutcome,
	type TurnTrace,
} from '../connector.ts';
import { createN8nConnector, type N8nSettings } from './index.ts';

const SAY = 'Thanks, I noted that. What is your budget?';
const outbound = createOutbound({ allowPrivate: true });
const standIn = useStandIn();

afterAll(() => outbound.close());
afterEach(() => standIn().ai.recorder.clear());

const conversation = (more: Partial<Conversation> = {}): Conversation =>
	createConversation({
		context: { page_url: 'https://example.com/?x=1', utm_source: 'ads', language: 'en' },
		...more,
	});

interface Turn {
	pieces: string[];
	trace: TurnTrace;
	outcome?: Outcome;
	error?: ConnectorError;
}

async function run(
	settings: Partial<N8nSettings>,
	more: Partial<Conversation> = {},
): Promise<Turn> {
	const url = standIn().ai.url('echo');
	const connect = createN8nConnector({ url, auth_header: null, ...settings }, { outbound });
	const turn: Turn = { pieces: [], trace: { retries: 0 } };
	const answer = connect(conversation(more), turn.trace);
	try {
		for (;;) {
			const next = await answer.next();
			if (next.done) return { ...turn, outcome: next.value };
			turn.pieces.push(next.value);
		}
	} catch (error) {
		if (!(error instanceof ConnectorError)) throw error;
		return { ...turn, error };
	}
}

const ask = (mode: AiMode, settings: Partial<N8nSettings> = {}) =>
	run({ url: standIn().ai.url(mode), ...settings });

/** Sends these bytes in these chunks. */
const body = (pieces: (string | Buffer)[], type = 'application/json'): AiAnswer => {
	return async ({ response, pause }) => {
		response.writeHead(200, { 'content-type': type });
		for (const piece of pieces) {
			response.write(piece);
			await pause(2);
		}
		response.end();
	};
};

const json =
	(value: unknown): AiAnswer =>
	({ response }) =>
		sendJson(response, value);

async function runTurnWith(answer: AiAnswer, settings: Partial<N8nSettings> = {}): Promise<Turn> {
	standIn().ai.next(answer);
	return run(settings);
}

describe('the request', () => {
	it('has Frontdesk’s field names, those of n8n’s own chat, and the auth header', async () => {
		await run({ auth_header: { name: 'X-Widget-Secret', value: 's3cret' } });
		const [request] = standIn().ai.recorder.requests;
		expect(request?.json()).toEqual({
			contract: 2,
			action: 'message',
			session_id: 'session_abc',
			message: 'hi, mail a@b.co',
			message_id: 17,
			turn_id: '6b1f1c1e-0000-4000-8000-000000000001',
			site: 'default',
			visitor: { page_url: 'https://example.com/?x=1', utm_source: 'ads', language: 'en' },
			channel: 'web',
			is_test: false,
			lead: {},
			questions: [],
			missing: [],
			history: [],
			handoff_missed: false,
			business_hours_open: true,
			completion_claimed: false,
			sessionId: 'session_abc',
			chatInput: 'hi, mail a@b.co',
			metadata: {
				turnId: '6b1f1c1e-0000-4000-8000-000000000001',
				site: 'default',
				page: 'https://example.com/?x=1',
				lang: 'en',
				utm: { source: 'ads' },
			},
		});
		expect(request?.method).toBe('POST');
		expect(request?.headers).toMatchObject({
			'content-type': 'application/json',
			'x-widget-secret': 's3cret',
		});
		expect(request?.headers.accept).toMatch(/json.*event-stream.*text/);
	});

	it('has what is known of the chat: lead, questions, missing answers and history', async () => {
		const history: Conversation['history'] = [
			{ id: 15, sender: 'ai', message: 'Hi!', timestamp: '2026-11-23T10:00:00.000Z' },
			{
				id: 16,
				sender: 'agent',
				name: 'Anna',
				message: 'Me',
				timestamp: '2026-11-23T10:00:01.000Z',
			},
		];
		const questions = [
			{ key: 'need', label: 'Need', type: 'text', is_required: true, options: [] },
			{ key: 'roof', label: 'Roof', type: 'choice', is_required: true, options: ['flat', 'steep'] },
			{ key: 'age', label: 'Age', type: 'number', is_required: false, options: [] },
			{ key: 'email', label: 'Email', type: 'email', is_required: true, options: [] },
		] as const;
		const site = {
			...conversation().site,
			questions: questions.map((one) => ({ ...one, options: [...one.options] })),
		};
		await run({}, { site, history, lead: { email: 'a@b.co' }, handoff_missed: true });
		const [request] = standIn().ai.recorder.requests;
		expect(request?.json()).toMatchObject({
			contract: 2,
			lead: { email: 'a@b.co' },
			questions: [
				{ key: 'need', label: 'Need', type: 'text', required: true },
				{ key: 'roof', type: 'choice', required: true, options: ['flat', 'steep'] },
				{ key: 'age', type: 'number', required: false },
				{ key: 'email', type: 'email', required: true },
			],
			missing: ['need', 'roof'],
			history,
			handoff_missed: true,
		});
		expect(request?.headers['x-frontdesk-test']).toBeUndefined();
	});

	it('names the contact that a claimed completion still needs', async () => {
		const site = { ...conversation().site, completion_needs: 'contact' as const };
		await run({}, { site, completion_claimed: true });
		await run({}, { site, completion_claimed: true, lead: { phone: '+4930123456' } });
		const missing = standIn().ai.recorder.requests.map((request) => request.json());
		expect(missing).toMatchObject([{ missing: ['email', 'phone'] }, { missing: [] }]);
	});

	it('is marked as a test in its body and in a header', async () => {
		await run({}, { is_test: true, channel: 'test' });
		const [request] = standIn().ai.recorder.requests;
		expect(request?.json()).toMatchObject({ is_test: true, channel: 'test' });
		expect(request?.headers['x-frontdesk-test']).toBe('1');
	});

	it('marks the start of a chat', async () => {
		await run({}, { action: 'start', message: '', message_id: null });
		expect(standIn().ai.recorder.requests[0]?.json()).toMatchObject({
			action: 'start',
			message: '',
			chatInput: '',
			message_id: null,
		});
	});
});

describe('the text is found in every format', () => {
	const GOOD: [AiMode, string, string][] = [
		['object', SAY, 'json.output'],
		['last-node', SAY, 'json.output'],
		['last-node-chain', SAY, 'json.text'],
		['array', SAY, 'json[].output'],
		['all-entries', `First things first.\n\n${SAY}`, 'json[].output'],
		['text', SAY, 'text'],
		['string', SAY, 'json'],
		['nested', SAY, 'json.data[].body.output'],
		['json-in-string', SAY, 'json.output.json.reply'],
		['fenced', SAY, 'json.output.json.reply'],
		['latin1', 'Café à la crème', 'text'],
		['invalid-utf8', 'Café is open', 'text'],
		['stream', SAY, 'n8n-stream'],
		['stream-respond', SAY, 'n8n-stream'],
		['stream-json', SAY, 'n8n-stream'],
		['stream-two-items', `First things first.\n\n${SAY}`, 'n8n-stream'],
		['stream-two-runs', `Let me look that up.\n\n${SAY}`, 'n8n-stream'],
		['stream-heartbeats', SAY, 'n8n-stream'],
		['stream-no-metadata', SAY, 'n8n-stream'],
		['stream-no-newline', `${SAY}!`, 'n8n-stream'],
		['stream-bytes', 'Schöne Grüße 👋🏽 — 你好', 'n8n-stream'],
		['stream-gzip', SAY, 'n8n-stream'],
		['sse', SAY, 'sse'],
		['sse-text', SAY, 'sse'],
		['sse-openai', SAY, 'sse'],
	];
	it.each(GOOD)('%s', async (mode, text, shape) => {
		const { outcome, pieces, trace } = await ask(mode);
		expect(outcome?.text).toBe(text);
		expect(pieces.join('')).toBe(text);
		expect(trace).toMatchObject({ http_status: 200, shape, retries: 0 });
	});

	const VALUES: [string, unknown, string][] = [
		['output before message', { message: 'Workflow was started', output: 'Hello' }, 'Hello'],
		['an empty output is passed over', { output: ' ', reply: 'Hello' }, 'Hello'],
		['the first of several with a reply', [{ id: 1 }, { reply: 'Hello' }, { text: 'No' }], 'Hello'],
		['an output parser', { output: { reply: 'Hello', lead: null } }, 'Hello'],
		['a reply beside an output without one', { output: '{"stage":1}', text: 'Hello' }, 'Hello'],
		['JSON in the body field', { body: '{"answer":"Hello"}' }, 'Hello'],
		['result of results', { result: { data: { json: { content: 'Hello' } } } }, 'Hello'],
		['an OpenAI completion', { choices: [{ message: { role: 'x', content: 'Hello' } }] }, 'Hello'],
		['a list of texts', ['Hello', 'there'], 'Hello\n\nthere'],
		['the same item twice', [{ output: 'Hello' }, { output: 'Hello' }], 'Hello'],
		['space around', { output: '\n  Hello \r\n\r\n there  \n' }, 'Hello \n\n there'],
		['control characters', { output: 'He\u0000l\u001blo' }, 'Hello'],
		['half a character', { output: 'Hello \ud83d!' }, 'Hello \ufffd!'],
		['a quotation', { output: '"Growth" is our plan' }, '"Growth" is our plan'],
		['a link', { output: '[our site](https://example.com)' }, '[our site](https://example.com)'],
		['a placeholder', { output: '{name}, hello' }, '{name}, hello'],
		['markup', { output: '<b>Hello</b>' }, '**Hello**'],
		['an error beside a reply', { error: 'tool failed', reply: 'Hello' }, 'Hello'],
		['own __proto__', JSON.parse('{"__proto__":{"output":"No"},"reply":"Hello"}'), 'Hello'],
	];
	it.each(VALUES)('JSON: %s', async (_, value, text) => {
		expect((await runTurnWith(json(value))).outcome?.text).toBe(text);
	});

	const BODIES: [string, (string | Buffer)[], string][] = [
		['pretty JSON after space', ['\n {\n  "output":', ' "Hello"\n}\n'], 'Hello'],
		['a fence around all of it', ['```json\n{"reply":', '"Hello"}\n```'], 'Hello'],
		['a fence with words after it', ['```json\n{"reply":"Hello"}\n```\nHope this helps!'], 'Hello'],
		['a fence in one line', ['```{"reply":"Hello"}```'], 'Hello'],
		['a code block', ['```\nnpm ci\n```'], '```\nnpm ci\n```'],
		['text in brackets', ['[', 'Note] Hello'], '[Note] Hello'],
		['a number', ['42'], '42'],
		[
			'text like the start of a status',
			['Work', 'flow was', ' never so easy'],
			'Workflow was never so easy',
		],
		['a byte order mark', [Buffer.from('\ufeffHello')], 'Hello'],
		['a split character', [Buffer.from([0x48, 0xc3]), Buffer.from([0xa9])], 'Hé'],
		['events called HTML', ['data: {"text":"Hel"}\n\ndata: {"text":"lo"}\n\n'], 'Hello'],
	];
	it.each(BODIES)('body: %s', async (_, pieces, text) => {
		const turn = await runTurnWith(body(pieces, 'text/html'));
		expect(turn.outcome?.text).toBe(text);
		expect(turn.pieces.join('')).toBe(text);
	});

	it('an unknown charset counts as UTF-8', async () => {
		const turn = await runTurnWith(body(['Grüße'], 'text/plain; charset=klingon'));
		expect(turn.outcome?.text).toBe('Grüße');
	});

	it('a long answer is read completely', async () => {
		const { outcome } = await ask('long');
		expect(outcome?.text).toHaveLength(9999);
	});
});

describe('n8n’s streaming format', () => {
	const line = (type: string, content?: string | null, node = 'a', runIndex = 0) =>
		`${JSON.stringify({ type, content, metadata: { nodeId: node, nodeName: node, runIndex, itemIndex: 0 } })}\n`;

	const STREAMS: [string, string[], string][] = [
		[
			'runs that overlap stay whole, in the order they began',
			[
				line('begin'),
				line('item', 'One '),
				line('begin', undefined, 'b'),
				line('item', 'Two', 'b'),
				line('end', undefined, 'b'),
				line('item', 'and a half.'),
				line('end'),
			],
			'One and a half.\n\nTwo',
		],
		[
			'a node that repeats what was said is not visitorMessage twice',
			[line('begin'), line('item', 'Hello'), line('end'), line('item', '{"output":"Hello"}', 'b')],
			'Hello',
		],
		[
			'JSON of one node does not discard the text of another',
			[
				line('item', '{"query":"x"}', 'tool'),
				line('end', undefined, 'tool'),
				line('item', 'Hello'),
			],
			'Hello',
		],
		[
			'white space counts',
			[line('item', 'a'), line('item', '\n\n'), line('item', ' b')],
			'a\n\n b',
		],
		['a line that is plain text', [line('begin'), line('end'), 'Hello\n'], 'Hello'],
		['a last line that is an object', [line('begin'), line('end'), '{"output":"Hello"}'], 'Hello'],
		['content that is no text', [line('item', null), line('item', 'Hello')], 'Hello'],
		[
			'an emoji cut in two',
			['{"type":"item","content":"\\ud83d"}\n', '{"type":"item","content":"\\ude00!"}\n'],
			'😀!',
		],
	];
	it.each(STREAMS)('%s', async (_, lines, text) => {
		const turn = await runTurnWith(body(lines));
		expect(turn.outcome?.text).toBe(text);
		expect(turn.pieces.join('')).toBe(text);
	});

	it('is recognized whatever the content type, and however it is chunked', async () => {
		const whole = [line('begin'), line('item', 'Hel'), line('item', 'lo'), line('end')].join('');
		for (const type of ['text/html', 'text/event-stream', 'text/plain', 'application/x-ndjson']) {
			const turn = await runTurnWith(
				body([whole.slice(0, 7), whole.slice(7, 150), whole.slice(150)], type),
			);
			expect(turn.outcome?.text).toBe('Hello');
		}
	});
});

describe('text is streamed', () => {
	/** Sends each chunk once the visitor has received the previous one. */
	async function streamInSteps(pieces: string[], type: string): Promise<string[]> {
		const received: string[] = [];
		standIn().ai.next(async ({ response, pause }) => {
			response.writeHead(200, { 'content-type': type });
			for (const [index, piece] of pieces.entries()) {
				while (received.length < index) await pause(2);
				response.write(piece);
			}
			response.end();
		});
		const connect = createN8nConnector(
			{ url: standIn().ai.url('echo'), auth_header: null, timeouts: { idle: 2000 } },
			{ outbound },
		);
		for await (const piece of connect(conversation(), { retries: 0 })) received.push(piece);
		return received;
	}

	const item = (content: string) => `${JSON.stringify({ type: 'item', content })}\n`;
	const event = (text: string) => `data: ${JSON.stringify({ text })}\n\n`;

	it.each([
		['streaming lines', ['One', ' two', ' three'].map(item), 'application/json'],
		['events', ['One', ' two', ' three'].map(event), 'text/event-stream'],
		['plain text', ['One', ' two', ' three'], 'text/html'],
	])('%s', async (_, pieces, type) => {
		expect(await streamInSteps(pieces, type)).toEqual(['One', ' two', ' three']);
	});

	const HELD: [string, string[]][] = [
		['JSON', ['{"reply":', '"Hello",', '"lead":{"name":"Ada"}}']],
		['an array', ['[{"reply":', '"Hello"}]']],
		['JSON in a fence', ['``', '`json\n', '{"reply":"Hello"}', '\n```']],
	];
	it.each(HELD)('but %s is never shown, streamed or not', async (_, pieces) => {
		for (const answer of [
			body(pieces.map(item)),
			body(
				pieces.map((text) => `data: ${JSON.stringify(text)}\n\n`),
				'text/event-stream',
			),
			body(pieces, 'text/plain'),
		]) {
			const turn = await runTurnWith(answer);
			expect(turn.pieces).toEqual(['Hello']);
		}
	});
});

describe('server-sent events', () => {
	const EVENTS: [string, string, string][] = [
		['carriage returns', 'data: "Hel"\r\n\r\ndata: "lo"\r\n\r\n', 'Hello'],
		['several lines of data', 'data: Hello\ndata: there\n\n', 'Hello\nthere'],
		['no blank line at the end', 'data: {"delta":"Hello"}', 'Hello'],
		['delta objects', 'data: {"type":"x","delta":{"text":"Hello"}}\n\n', 'Hello'],
		['pings', 'event: ping\ndata: {"text":"No"}\n\ndata: {"text":"Hello"}\n\n', 'Hello'],
		['a whole reply', 'data: {"output":"Hello"}\n\n', 'Hello'],
		['the whole again at the end', 'data: {"text":"Hel"}\n\ndata: {"output":"Hello"}\n\n', 'Hello'],
		['nothing after the end', 'data: Hello\n\ndata: [DONE]\n\ndata: No\n\n', 'Hello'],
		['lines of n8n', 'data: {"type":"item","content":"Hello"}\n\n', 'Hello'],
	];
	it.each(EVENTS)('%s', async (_, text, expected) => {
		const turn = await runTurnWith(body([text], 'text/event-stream'));
		expect(turn.outcome?.text).toBe(expected);
	});

	it('end with an event that says so, even if the connection stays open', async () => {
		standIn().ai.next(({ response }) => {
			response.writeHead(200, { 'content-type': 'text/event-stream' });
			response.write('data: Hello\n\ndata: [DONE]\n\n');
		});
		expect((await run({})).outcome?.text).toBe('Hello');
	});
});

describe('side fields', () => {
	it('are lead, completion, quick replies and the execution', async () => {
		const turn = await ask('completed');
		expect(turn.outcome).toMatchObject({
			lead: { name: 'Ada Lovelace', email: 'ada@example.com', budget: '5000' },
			completed: true,
		});
		expect(turn.trace.execution_id).toBe('231');
		expect((await ask('lead')).outcome?.quick_replies).toEqual(['Under 5k', '5k to 10k', 'More']);
		expect((await ask('stream-json')).outcome).toMatchObject({
			lead: { email: 'ada@example.com' },
			completed: false,
		});
		expect((await ask('sse')).outcome).toMatchObject({ lead: { name: 'Ada' }, completed: true });
	});

	const FIELDS: [string, object, Partial<Outcome>][] = [
		['nothing', {}, { lead: undefined, completed: undefined, quick_replies: undefined }],
		['session_status', { session_status: 'Completed' }, { completed: true }],
		['session_status of a running chat', { session_status: 'open' }, { completed: false }],
		['completed as a word', { completed: 'true' }, { completed: true }],
		['completed as a word of Python', { completed: ' True' }, { completed: true }],
		[
			'a lead as a list of one item',
			{ lead: [{ email: 'a@b.co' }] },
			{ lead: { email: 'a@b.co' } },
		],
		['a lead as a JSON string', { lead: '{"email":"a@b.co"}' }, { lead: { email: 'a@b.co' } }],
		[
			'what the AI does not know clears nothing',
			{ lead: { name: null, phone: ' ', email: ' a@b.co ' } },
			{ lead: { email: 'a@b.co' } },
		],
		[
			'fields of other shapes are left out',
			{ lead: { name: 'Ada', address: { city: 'x' }, tags: ['a'], ['x'.repeat(65)]: 'no' } },
			{ lead: { name: 'Ada', tags: 'a' } },
		],
		[
			'a list of plain values is one text',
			{ lead: { rooms: ['bath', 2] } },
			{ lead: { rooms: 'bath, 2' } },
		],
		['the question that the reply asks', { asked: ' email ' }, { asked: 'email' }],
		['a handoff with a reason', { handoff: { reason: 'angry' } }, { handoff: { reason: 'angry' } }],
		['a handoff without a reason', { handoff: true }, { handoff: { reason: '' } }],
		[
			'a handoff as a JSON string',
			{ handoff: '{"reason":"angry"}' },
			{ handoff: { reason: 'angry' } },
		],
		['a handoff as "True"', { handoff: ' True' }, { handoff: { reason: '' } }],
		['a handoff as a text', { handoff: 'wants a call' }, { handoff: { reason: 'wants a call' } }],
		['a version', { version: 7 }, { version: '7' }],
		["n8n's workflow version", { workflow: { id: 'w', versionId: 'e5a1' } }, { version: 'e5a1' }],
		['the version that it names itself', { versionId: 'e5a1', version: 'v3' }, { version: 'v3' }],
		[
			'an unanswered question',
			{ unanswered: 'Do you rent cranes?' },
			{ unanswered: 'Do you rent cranes?' },
		],
		[
			'a booking link',
			{ booking_url: 'https://cal.example/a b' },
			{ booking_url: 'https://cal.example/a%20b' },
		],
		['a lead that is none', { lead: 'Ada' }, { lead: undefined }],
		[
			'quick replies as objects',
			{ quick_replies: [{ title: 'Yes' }, { text: 'No' }] },
			{ quick_replies: ['Yes', 'No'] },
		],
		[
			'quick replies cleaned',
			{ quick_replies: ['Yes', ' Yes ', '', null, 4, 'x'.repeat(81)] },
			{ quick_replies: ['Yes'] },
		],
		[
			'quick replies as a JSON string',
			{ quick_replies: '["Yes","No"]' },
			{ quick_replies: ['Yes', 'No'] },
		],
		[
			'quick replies without their emphasis',
			{ quick_replies: ['**Yes**', '_No_', '`x`', '1. May', '5*'] },
			{ quick_replies: ['Yes', 'No', 'x', '1. May', '5*'] },
		],
		[
			'quick replies with emphasis in parts',
			{ quick_replies: ['**Yes** or **No**', '`a` and `b`', '***x***'] },
			{ quick_replies: ['**Yes** or **No**', '`a` and `b`', 'x'] },
		],
		['quick replies of another shape', { quick_replies: 'Yes' }, { quick_replies: undefined }],
	];
	it.each(FIELDS)('%s', async (_, fields, expected) => {
		const { outcome } = await runTurnWith(json({ reply: 'Hello', ...fields }));
		expect(outcome).toMatchObject({ text: 'Hello', ...expected });
	});

	it("reads the workflow's version from a header, for answers that have no room for it", async () => {
		standIn().ai.next(({ response }) => {
			response
				.writeHead(200, { 'content-type': 'text/plain', 'x-workflow-version': ' v8 ' })
				.end('Hello');
		});
		const { outcome } = await run({});
		expect(outcome).toMatchObject({ text: 'Hello', version: 'v8' });
	});

	it.each<object>([
		{ handoff: { reason: '' } },
		{ handoff: { toString: '' } },
		{ handoff: false },
		{ handoff: 'none' },
		{ asked: '' },
	])('%j is empty and needs no note', async (fields) => {
		const { outcome } = await runTurnWith(json({ reply: 'Hello', ...fields }));
		expect(outcome).not.toHaveProperty('handoff');
		expect(outcome).not.toHaveProperty('notes');
	});

	it.each<[string, object, { path: string; kind: 'unknown' | 'rejected' }]>([
		[
			'a script as a booking link',
			{ booking_url: 'javascript:alert(1)' },
			{ path: 'booking_url', kind: 'rejected' },
		],
		['a long version', { version: 'v'.repeat(65) }, { path: 'version', kind: 'rejected' }],
		['a lead that is none', { lead: 'Ada' }, { path: 'lead', kind: 'rejected' }],
		[
			'a lead field of another shape',
			{ lead: { address: { city: 'x' } } },
			{ path: 'lead.address', kind: 'rejected' },
		],
		['completed as another word', { completed: 'maybe' }, { path: 'completed', kind: 'rejected' }],
		['a handoff of another shape', { handoff: 3 }, { path: 'handoff', kind: 'rejected' }],
		['an unanswered list', { unanswered: ['x'] }, { path: 'unanswered', kind: 'rejected' }],
		['a misspelled key', { handof: true }, { path: 'handof', kind: 'unknown' }],
	])('%s is noted, and the reply counts', async (_, fields, expected) => {
		const { outcome } = await runTurnWith(json({ reply: 'Hello', ...fields }));
		expect(outcome?.text).toBe('Hello');
		expect(outcome?.notes).toEqual([expect.objectContaining(expected)]);
	});

	it('of providers and of the request itself are no unknown keys', async () => {
		const request = { contract: 2, session_id: 's', history: [], questions: [], is_test: false };
		for (const value of [
			{ ...request, reply: 'Hello' },
			{
				id: 'chatcmpl-1',
				object: 'chat.completion',
				usage: {},
				system_fingerprint: 'x',
				choices: [{ message: { role: 'assistant', content: 'Hello' }, logprobs: null }],
			},
			[{ output: 'Hello', intermediateSteps: [] }],
		]) {
			expect((await runTurnWith(json(value))).outcome?.notes).toBeUndefined();
		}
	});

	it('come with streamed text too, once each', async () => {
		const line = (type: string, content = '') =>
			JSON.stringify({
				type,
				content,
				metadata: { nodeId: type === 'x' ? 'b' : 'a', runIndex: 0 },
			});
		const fields = { reply: 'Hello there.', asked: 'email', emial: 'a@b.co', version: 'v3' };
		const respond = (content: string) =>
			JSON.stringify({ type: 'item', content, metadata: { nodeId: 'b', runIndex: 0 } });
		const lines = [
			line('begin'),
			line('item', 'Hello there.'),
			line('end'),
			respond(JSON.stringify(fields)),
		];
		const { outcome } = await runTurnWith(({ response }) => {
			response.setHeader('content-type', 'application/json');
			response.end(lines.join('\n'));
		});
		expect(outcome).toMatchObject({ text: 'Hello there.', asked: 'email', version: 'v3' });
		expect(outcome?.notes).toMatchObject([{ path: 'emial', kind: 'unknown', value: 'a@b.co' }]);
	});

	it('are bounded in their notes', async () => {
		const unknown = Object.fromEntries(
			Array.from({ length: 50 }, (_, n) => [`key${n}`, 'x'.repeat(9_000)]),
		);
		const { outcome } = await runTurnWith(json({ reply: 'Hello', ...unknown }));
		expect(outcome?.notes).toHaveLength(20);
		expect(JSON.stringify(outcome?.notes).length).toBeLessThan(6_000);
	});

	it('are found at every level of the answer', async () => {
		const inner = JSON.stringify({ reply: 'Hello', lead: { name: 'Ada', email: 'old@b.co' } });
		const value = [{ output: inner, lead: { email: 'a@b.co' }, executionId: 7 }];
		const turn = await runTurnWith(json(value));
		expect(turn.outcome?.lead).toEqual({ name: 'Ada', email: 'a@b.co' });
		expect(turn.trace.execution_id).toBe('7');
	});
});

describe('an answer without a reply fails with a remedy', () => {
	const BAD: [AiMode, TurnOutcome, RegExp, number][] = [
		['empty', 'empty', /Respond to Webhook.*streaming is on/, 200],
		['null', 'empty', /returned no text/, 200],
		['empty-array', 'empty', /returned no text/, 200],
		['stream-silent', 'empty', /returned no text/, 200],
		['started', 'no_reply_mode', /response mode/, 200],
		['no-data', 'no_reply_mode', /response mode/, 200],
		['execution-started', 'no_reply_mode', /Chat nodes/, 200],
		['no-reply', 'bad_shape', /return it as "reply"/, 200],
		['html', 'bad_shape', /HTML page/, 200],
		['garbage', 'bad_shape', /binary data/, 200],
		['broken-json', 'bad_shape', /cut off/, 200],
		['gzip-broken', 'bad_shape', /Content-Encoding/, 200],
		['deep', 'bad_shape', /JSON without a reply/, 200],
		['huge', 'too_large', /more than 1048576 bytes/, 200],
		['endless', 'too_large', /more than/, 200],
		['gzip-bomb', 'too_large', /more than/, 200],
		['error-in-workflow', 'workflow_error', /last execution/, 500],
		['no-item', 'workflow_error', /no item/, 500],
		['timed-out', 'workflow_error', /time limit/, 500],
		['stream-error-null', 'workflow_error', /"Code" failed: see the last execution/, 200],
		['stream-error', 'workflow_error', /Incorrect API key provided/, 200],
		['unauthorized', 'unauthorized', /Header Auth/, 401],
		['forbidden', 'unauthorized', /Header Auth.*403.*Authorization data is wrong!/, 403],
		['not-allowed', 'unauthorized', /allowed addresses/, 403],
		['not-registered', 'not_registered', /not active.*"POST chat" is not registered/, 404],
		['test-url', 'not_registered', /test URL/, 404],
		['wrong-method', 'not_registered', /set its HTTP method to POST/, 404],
		['rate-limited', 'bad_status', /rate of calls/, 429],
		['gateway-timeout', 'bad_status', /in front of the workflow/, 504],
		['redirect', 'bad_status', /redirect \(307\).*use that address/, 307],
	];
	it.each(BAD)('%s', async (mode, outcome, message, status) => {
		const { error, pieces, trace } = await ask(mode);
		expect(error).toMatchObject({ outcome, partial: mode === 'endless' ? error?.partial : '' });
		expect(error?.message).toMatch(message);
		if (mode !== 'endless') expect(pieces).toEqual([]);
		expect(trace).toMatchObject({ http_status: status, retries: 0 });
		expect(standIn().ai.recorder.requests).toHaveLength(1);
	});

	const VALUES: [string, unknown, TurnOutcome][] = [
		['true', true, 'bad_shape'],
		['an error object', { error: { message: 'model is down' } }, 'workflow_error'],
		['an error with a message', { error: true, message: 'model is down' }, 'workflow_error'],
		['a stringified object', { output: '[object Object]' }, 'bad_shape'],
		['undefined', { output: 'undefined' }, 'bad_shape'],
		['an expression', { output: '{{ $json.output }}' }, 'bad_shape'],
		['JSON without a reply in a string', { output: '{"stage":"budget"}' }, 'bad_shape'],
		['broken JSON in a string', { output: '{"reply":"Hel' }, 'bad_shape'],
		['an empty output', { output: '' }, 'empty'],
		['empty entries', [{ output: ' ' }, { text: null }], 'empty'],
		['an empty object', {}, 'empty'],
		['a status in an array', [{ message: 'Workflow was started' }], 'no_reply_mode'],
		['a page in a string', { output: '<!DOCTYPE html><html></html>' }, 'bad_shape'],
	];
	it.each(VALUES)('JSON: %s', async (_, value, outcome) => {
		const { error, pieces } = await runTurnWith(json(value));
		expect(error?.outcome).toBe(outcome);
		expect(pieces).toEqual([]);
	});

	const BODIES: [string, string[], TurnOutcome][] = [
		['a status as plain text', ['Workflow was', ' started'], 'no_reply_mode'],
		['a failure as plain text', ['Error in workflow'], 'workflow_error'],
		['a page in pieces', ['<!', 'DOC', 'TYPE html>', '<p>'], 'bad_shape'],
		['a page in capitals', [' <HTML><BODY>'], 'bad_shape'],
		['white space', [' \n\n \t'], 'empty'],
		['UTF-16', ['H\u0000e\u0000l\u0000l\u0000o\u0000'], 'bad_shape'],
		['an event stream with an error', ['data: {"error":{"message":"no"}}\n\n'], 'workflow_error'],
		[
			'a line with an unreadable run',
			['{"type":"error","metadata":{"nodeName":{"toString":1}}}\n'],
			'workflow_error',
		],
	];
	it.each(BODIES)('body: %s', async (_, pieces, outcome) => {
		const turn = await runTurnWith(body(pieces, 'text/html'));
		expect(turn.error?.outcome).toBe(outcome);
		expect(turn.pieces).toEqual([]);
	});

	it('a test URL is named as such', async () => {
		const url = `${standIn().url}/n8n/not-registered/webhook-test/x`;
		expect((await run({ url })).error?.message).toContain('This is the test URL');
	});

	it('a malformed refusal is handled', async () => {
		standIn().ai.next(({ response }) => sendJson(response, { message: { toString: 1 } }, 418));
		expect((await run({})).error).toMatchObject({ outcome: 'bad_status' });
	});

	it('an endless refusal is read only partly', async () => {
		standIn().ai.next(({ response }) => {
			response.writeHead(500).write('x'.repeat(100_000));
		});
		expect((await run({})).error).toMatchObject({ outcome: 'bad_status' });
	});
});

describe('a failure in mid-answer keeps the partial reply', () => {
	const PARTIAL: [AiMode, TurnOutcome, Partial<N8nSettings>][] = [
		['stream-error-middle', 'workflow_error', {}],
		['stream-reset', 'unreachable', {}],
		['stream-stall', 'timeout', { timeouts: { idle: 150 } }],
	];
	it.each(PARTIAL)('%s', async (mode, outcome, settings) => {
		const { error, trace } = await ask(mode, settings);
		expect(error).toMatchObject({ outcome, partial: 'Thanks —' });
		expect(trace).toMatchObject({ shape: 'n8n-stream', retries: 0 });
		expect(standIn().ai.recorder.requests).toHaveLength(1);
	});

	it('an HTML page inserted by a proxy', async () => {
		const { error } = await ask('stream-html');
		expect(error).toMatchObject({ outcome: 'bad_shape', partial: 'Thanks' });
	});

	it('but not text that was still buffered', async () => {
		standIn().ai.next(async ({ response, pause }) => {
			response.write('{"type":"item","content":"{\\"reply\\":\\"Hel"}\n');
			await pause(20);
			response.socket?.resetAndDestroy();
		});
		const { error, pieces } = await run({});
		expect(error).toMatchObject({ outcome: 'unreachable', partial: '' });
		expect(pieces).toEqual([]);
	});
});

describe('the limits', () => {
	const LIMITS: [AiMode, NonNullable<N8nSettings['timeouts']>, RegExp][] = [
		['never-answers', { firstByte: 150 }, /no response within 0\.15 s.*stream/],
		['headers-only', { firstByte: 150 }, /no response/],
		['late', { firstByte: 150 }, /no response/],
		['drip', { idle: 150 }, /no more data/],
		['stream-stall', { idle: 150 }, /no more data/],
		['drip', { total: 150 }, /not complete/],
		['never-answers', { total: 150 }, /not complete/],
	];
	it.each(LIMITS)('%s %o', async (mode, timeouts, message) => {
		const { error } = await ask(mode, { timeouts });
		expect(error?.outcome).toBe('timeout');
		expect(error?.message).toMatch(message);
		expect(standIn().ai.recorder.requests).toHaveLength(1);
	});

	it('size', async () => {
		expect((await ask('long', { max_bytes: 5000 })).error?.outcome).toBe('too_large');
	});

	it('a slow stream within the limits is read completely', async () => {
		const url = standIn().ai.url('slow-stream', { delay: 40 });
		const timeouts = { firstByte: 1000, idle: 1000, total: 5000 };
		expect((await run({ url, timeouts })).outcome?.text).toBe(SAY);
	});
});

describe('a call is retried only if the first was never sent', () => {
	it('a refused connection is retried, and succeeds once n8n is back', async () => {
		const { port } = new URL(standIn().url);
		let lookups = 0;
		const restarting = createOutbound({
			allowPrivate: true,
			// The first try meets a loopback address where nothing listens.
			resolve: () =>
				Promise.resolve([{ address: lookups++ ? '127.0.0.1' : '127.0.0.2', family: 4 }]),
		});
		const connect = createN8nConnector(
			{ url: `http://n8n.example:${port}/n8n/object`, auth_header: null },
			{ outbound: restarting },
		);
		const trace: TurnTrace = { retries: 0 };
		const pieces: string[] = [];
		for await (const piece of connect(conversation(), trace)) pieces.push(piece);
		expect(pieces.join('')).toBe(SAY);
		expect(trace.retries).toBe(1);
		expect(standIn().ai.recorder.requests).toHaveLength(1);
		await restarting.close();
	});

	it('a second refusal fails', async () => {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const address = server.address();
		const port = typeof address === 'object' ? address?.port : 0;
		await new Promise((resolve) => server.close(resolve));
		const { error, trace } = await run({ url: `http://127.0.0.1:${port}/` });
		expect(error?.outcome).toBe('unreachable');
		expect(error?.message).toMatch(/refused the connection.*n8n is running/);
		expect(trace.retries).toBe(1);
	});

	it.each(['reset', 'hang-up'] as const)(
		'a %s after it was sent is not tried again',
		async (mode) => {
			const { error, trace } = await ask(mode);
			expect(error?.outcome).toBe('unreachable');
			expect(trace.retries).toBe(0);
			expect(standIn().ai.recorder.requests).toHaveLength(1);
		},
	);

	it('a blocked address is not retried', async () => {
		const { error, trace } = await run({ url: 'http://169.254.169.254/' });
		expect(error?.outcome).toBe('blocked');
		expect(trace.retries).toBe(0);
	});

	it('an unsendable header is not retried', async () => {
		const { error } = await run({ auth_header: { name: 'X-Key', value: 'a\nb' } });
		expect(error?.outcome).toBe('unreachable');
		expect(error?.message).toContain('x-key');
	});
});

describe('aborting', () => {
	it.each(['never-answers', 'headers-only', 'stream-stall', 'drip'] as const)(
		'ends the call: %s',
		async (mode) => {
			const controller = new AbortController();
			const turn = run({ url: standIn().ai.url(mode) }, { signal: controller.signal });
			await standIn().ai.recorder.waitFor(1);
			controller.abort();
			expect((await turn).error?.outcome).toBe('dropped');
		},
	);

	it('ends the delay before a retry', async () => {
		const controller = new AbortController();
		const failing = createOutbound({
			allowPrivate: true,
			resolve: () => {
				queueMicrotask(() => setTimeout(() => controller.abort(), 5));
				return Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
			},
		});
		const connect = createN8nConnector(
			{ url: 'http://nowhere.example/', auth_header: null },
			{ outbound: failing },
		);
		const answer = connect(conversation({ signal: controller.signal }), { retries: 0 });
		await expect(answer.next()).rejects.toMatchObject({ outcome: 'dropped' });
		await failing.close();
	});

	it('by leaving the loop closes the connection', async () => {
		const gone = new Promise<void>((resolve) => {
			standIn().ai.next(({ response, signal }) => {
				signal.addEventListener('abort', () => resolve());
				response.write('{"type":"item","content":"Hello"}\n');
			});
		});
		const connect = createN8nConnector(
			{ url: standIn().ai.url('echo'), auth_header: null },
			{ outbound },
		);
		const seen: string[] = [];
		for await (const piece of connect(conversation(), { retries: 0 })) {
			seen.push(piece);
			break;
		}
		await gone;
		expect(seen).toEqual(['Hello']);
	});
});
