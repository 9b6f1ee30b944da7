import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createOutbound } from '#lib/server/core/outbound/index.ts';
import { createConversation } from '../../../../../../tests/factories/conversation.ts';
import {
	OPENAI_REPLY,
	type OpenAiMode,
} from '../../../../../../tests/support/stand-in/openai/modes.ts';
import { useStandIn } from '../../../../../../tests/support/use-stand-in.ts';
import {
	ConnectorError,
	type Conversation,
	type HistoryMessage,
	type Outcome,
	type TurnOutcome,
	type TurnTrace,
} from '../connector.ts';
import { createOpenAiConnector } from './index.ts';

const standIn = useStandIn();
const outbound = createOutbound({ allowPrivate: true });
afterAll(() => outbound.close());
afterEach(() => standIn().openai.clear());

const QUESTIONS = [
	{
		key: 'budget',
		label: 'Budget',
		type: 'choice' as const,
		is_required: true,
		options: ['5k', '10k'],
	},
];

const conversation = (more: Partial<Conversation> = {}): Conversation =>
	createConversation({
		message: 'I am Zoë',
		site: {
			key: 'default',
			name: 'Hartmann Roofing',
			completion_phrase: 'within 24 hours',
			questions: QUESTIONS,
			completion_needs: 'nothing',
		},
		context: { page_url: 'https://example.com/roofs', language: 'de' },
		lead: { company: 'Zoë & Co' },
		history: [createHistoryMessage('ai', 'Hello! Your name?')],
		...more,
	});

let id = 0;
const createHistoryMessage = (
	sender: HistoryMessage['sender'],
	message: string,
	name?: string,
): HistoryMessage => ({
	id: ++id,
	sender,
	message,
	timestamp: '2026-11-23T10:00:00.000Z',
	...(name && { name }),
});

interface Turn {
	pieces: string[];
	trace: TurnTrace;
	outcome?: Outcome;
	error?: ConnectorError;
}

/** Long enough for a slow machine; `TIMEOUTS` shortens them for servers that hang. */
const LONG_TIMEOUTS = { firstByte: 60_000, idle: 60_000, total: 60_000 };
const TIMEOUTS: Partial<Record<OpenAiMode, Partial<typeof LONG_TIMEOUTS>>> = {
	'never-answers': { firstByte: 300 },
	stalls: { idle: 300 },
};

async function run(mode: OpenAiMode, more: Partial<Conversation> = {}): Promise<Turn> {
	const turn: Turn = { pieces: [], trace: { retries: 0 } };
	const connector = createOpenAiConnector(
		{
			base_url: `${standIn().openai.url(mode)}/`,
			model: 'gpt-test',
			api_key: 'sk-test',
			system_prompt: 'You are Bob.',
			timeouts: { ...LONG_TIMEOUTS, ...TIMEOUTS[mode] },
		},
		{ outbound },
	);
	const answer = connector(conversation(more), turn.trace);
	try {
		let next = await answer.next();
		for (; !next.done; next = await answer.next()) turn.pieces.push(next.value);
		turn.outcome = next.value;
	} catch (error) {
		if (!(error instanceof ConnectorError)) throw error;
		turn.error = error;
	}
	return turn;
}

interface Body {
	model: string;
	stream: boolean;
	messages: { role: string; content: string | null; tool_call_id?: string }[];
	tools: { function: { name: string; parameters: { properties: Record<string, object> } } }[];
}
const bodies = () => standIn().openai.recorder.requests.map((request) => request.json() as Body);

describe('the request', () => {
	it('has the conversation in order, the known answers and the open questions', async () => {
		const history = [
			createHistoryMessage('ai', 'Hello!'),
			createHistoryMessage('agent', 'Anna here', 'Anna'),
		];
		await run('ok', { history, message: 'Hi' });
		const [body] = bodies();
		expect(body).toMatchObject({ model: 'gpt-test', stream: true });
		expect(body?.messages.slice(1)).toEqual([
			{ role: 'assistant', content: 'Hello!' },
			{ role: 'assistant', content: 'Anna (a person): Anna here' },
			{ role: 'user', content: 'Hi' },
		]);
		const system = body?.messages[0]?.content ?? '';
		for (const part of ['You are Bob.', 'budget: Budget', 'company: Zoë & Co', 'within 24 hours']) {
			expect(system).toContain(part);
		}
		const properties = body?.tools[0]?.function.parameters.properties ?? {};
		expect(Object.keys(properties)).toEqual(
			expect.arrayContaining(['name', 'email', 'phone', 'company', 'budget', 'completed']),
		);
		expect(properties['budget']).toMatchObject({ enum: ['5k', '10k'] });
		const [request] = standIn().openai.recorder.requests;
		expect(request?.headers.authorization).toBe('Bearer sk-test');
	});

	it('asks for a greeting when the chat starts, and ends with a user message for servers that require one', async () => {
		await run('ok', { action: 'start', message: '', history: [] });
		expect(bodies()[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
	});
});

describe('an answer', () => {
	it.each<[OpenAiMode, string]>([
		['ok', 'openai.stream'],
		['split-bytes', 'openai.stream'],
		['not-streaming', 'openai.json'],
	])('of the kind %s is read completely', async (mode, shape) => {
		const { pieces, outcome, trace } = await run(mode);
		expect(pieces.join('')).toBe(OPENAI_REPLY);
		expect(outcome?.text).toBe(OPENAI_REPLY);
		expect(trace).toMatchObject({ http_status: 200, shape, execution_id: 'chatcmpl-stand-in' });
	});

	it('is streamed in chunks', async () => {
		expect((await run('ok')).pieces.length).toBeGreaterThanOrEqual(1);
		expect((await run('split-bytes')).pieces.length).toBeGreaterThan(3);
	});
});

describe('a function call', () => {
	it('fills the lead from streamed arguments, and the model continues with its result', async () => {
		const { outcome } = await run('tool');
		expect(outcome).toMatchObject({
			text: OPENAI_REPLY,
			lead: { name: 'Zoë', email: 'zoe@example.com', people: '40' },
			completed: false,
		});
		const second = bodies()[1]?.messages.slice(-2);
		expect(second).toMatchObject([
			{ role: 'assistant', tool_calls: [{ id: 'call_a', function: { name: 'save_lead' } }] },
			{ role: 'tool', tool_call_id: 'call_a', content: 'Saved.' },
		]);
	});

	it('may be repeated, with completion and quick replies', async () => {
		expect((await run('two-tools')).outcome).toEqual({
			text: OPENAI_REPLY,
			lead: { name: 'Zoë', budget: '5k' },
			completed: true,
			quick_replies: ['Yes', 'No'],
		});
	});

	it('separates the text before it from the text after it', async () => {
		expect((await run('text-and-tool')).outcome?.text).toBe(`Noted. \n\n${OPENAI_REPLY}`);
	});

	it.each<[OpenAiMode, string]>([
		['broken-arguments', 'not a JSON object'],
		['unknown-tool', 'no function rm_rf'],
	])('that is invalid (%s) is reported to the model, which continues', async (mode, result) => {
		const { outcome } = await run(mode);
		expect(outcome).toMatchObject({ text: OPENAI_REPLY, lead: {} });
		expect(bodies()[1]?.messages.at(-1)?.content).toContain(result);
	});

	it('is answered only a few times', async () => {
		expect((await run('endless-tools')).error?.outcome).toBe('empty');
		expect(bodies()).toHaveLength(4);
	});
});

describe('a failure', () => {
	it.each<[OpenAiMode, TurnOutcome, RegExp]>([
		['wrong-key', 'unauthorized', /Incorrect API key/],
		['no-model', 'not_registered', /does not exist/],
		['bad-request', 'bad_status', /Unsupported parameter/],
		['rate-limited', 'bad_status', /quota/],
		['html', 'bad_shape', /base URL/],
		['garbage', 'bad_shape', /base URL/],
		['empty', 'empty', /returned no text/],
		['never-answers', 'timeout', /./],
	])('%s is %s, with a message', async (mode, outcome, message) => {
		const { error, pieces } = await run(mode);
		expect(error?.outcome).toBe(outcome);
		expect(error?.message).toMatch(message);
		expect(pieces).toEqual([]);
	});

	it.each<[OpenAiMode, TurnOutcome]>([
		['error-in-stream', 'workflow_error'],
		['cut-short', 'unreachable'],
		['reset', 'unreachable'],
		['stalls', 'timeout'],
		['filtered', 'workflow_error'],
	])('in mid-answer (%s) keeps the partial reply', async (mode, outcome) => {
		const { error, pieces } = await run(mode);
		expect(error?.outcome).toBe(outcome);
		expect(error?.partial).toBe(pieces.join(''));
		expect(error?.partial).toMatch(/^I/);
	});

	it('of a busy server is retried, within limits', async () => {
		const once = await run('rate-limited-once');
		expect(once.outcome?.text).toBe(OPENAI_REPLY);
		expect(once.trace.retries).toBe(1);
		const never = await run('overloaded');
		expect(never.error?.outcome).toBe('bad_status');
		expect(never.trace.retries).toBe(2);
	});
});
