import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	readAnswer as read,
	readJsonAnswer as readJson,
} from '../../../../../../tests/support/read-answer.ts';
import { AnswerReader } from '../n8n/answer-reader.ts';
import { Answer } from './answer.ts';
import { parseReply } from './parse-reply.ts';

const ASK = 'May I have your name?';

describe('a passed-on webhook item', () => {
	const visitorMessage = 'I need a new roof';
	const sent = {
		action: 'message',
		session_id: 's',
		message: visitorMessage,
		message_id: 1,
		turn_id: 't',
		site: 'x',
		sessionId: 's',
		chatInput: visitorMessage,
		metadata: {},
	};
	const item = {
		headers: { host: 'x' },
		params: {},
		query: {},
		body: sent,
		webhookUrl: 'http://x/webhook/x',
		executionMode: 'production',
	};
	it.each<[string, unknown]>([
		["the Webhook's item", item],
		['with what Crypto added', { ...item, data: '5d41402abc4b2a76b9719d911017c592' }],
		['in a list', [item]],
		['its body alone', sent],
		['as a text', { output: JSON.stringify(item) }],
		['under another name', { output: visitorMessage }],
		['as the answer itself', visitorMessage],
	])('is not a reply: %s', (_, value) => {
		expect(readJson(value, visitorMessage)).toBe('(bad_shape)');
	});
	it('doesn’t hide a reply beside it, nor a short reply identical to the message', () => {
		expect(readJson({ ...item, output: ASK }, visitorMessage)).toBe(ASK);
		expect(readJson({ ...sent, message: ASK }, visitorMessage)).toBe(ASK);
		expect(readJson({ body: { reply: ASK }, headers: {}, statusCode: 200 }, visitorMessage)).toBe(
			ASK,
		);
		expect(readJson({ output: 'Hello!' }, 'Hello!')).toBe('Hello!');
	});
	it('is held back in a stream', () => {
		expect(read(['I need ', 'a new roof'], { type: 'text/plain', visitorMessage })).toBe(
			'(bad_shape)',
		);
		expect(read(['I need ', 'a new name'], { type: 'text/plain', visitorMessage })).toBe(
			'I need a new name',
		);
	});
});

/** Texts that workflows and servers send in place of an answer. */
const ERROR_TEXTS = [
	'Agent stopped due to max iterations.', // https://github.com/n8n-io/n8n/issues/22771
	'Agent stopped due to iteration limit or time limit.', // https://github.com/crewAIInc/crewAI/issues/1038
	'Sorry, need more steps to process this request.', // https://github.com/langchain-ai/langgraph/issues/8204
	'Could not parse LLM output: I am a bot', // https://github.com/langchain-ai/langchain/issues/1358
	"Model output doesn't fit required format", // https://github.com/n8n-io/n8n/issues/18765
	'Could not parse LLM output: `Thought: Do I need to use a tool? Yes', // https://github.com/langchain-ai/langchain/issues/1477
	'Bad request - please check your parameters', // https://github.com/n8n-io/n8n/issues/22550
	`Unexpected token 'I', "I'll help"... is not valid JSON`, // https://github.com/n8n-io/n8n/issues/26004
	'The AI model returned an empty response to the Structured Output Parser', // https://github.com/n8n-io/n8n/pull/27443
	'Recursion limit of 75 reached without hitting a stop condition.', // https://github.com/danny-avila/LibreChat/issues/14181
	'Error: Recursion limit of 25 reached without hitting a stop condition.', // https://github.com/wiggitywhitney/cluster-whisperer/issues/72
	'Max iterations (10) reached. The agent could not complete the task.',
	'Error: Request failed with status code 429',
	"TypeError: Cannot read properties of undefined (reading 'text')",
	'Failed to parse. Text: "x". Error: y. Troubleshooting URL: https://js.langchain.com/docs/troubleshooting/errors/OUTPUT_PARSING_FAILURE/',
	'No response from model',
	'Calling CRM with input: {"name":"Ada"}',
	'The service is receiving too many requests from you',
	"Cannot read properties of undefined (reading 'output') [line 3]",
	'Referenced node is unexecuted',
	'[No execution data available]',
	// https://github.com/n8n-io/n8n/issues/19355, https://github.com/sqlchat/sqlchat/issues/70
	'You exceeded your current quota, please check your plan and billing details.',
	'429 You exceeded your current quota, please check your plan and billing details.',
	// https://github.com/michelle-avery/custom-conversation/issues/21
	"Error code: 429 - [{'error': {'code': 429, 'message': 'You exceeded your current quota'}}]",
	// https://github.com/NagariaHussain/doppio_bot/issues/7
	'openai.error.RateLimitError: You exceeded your current quota',
	'litellm.RateLimitError: RateLimitError: OpenAIException - Rate limit',
	'[GoogleGenerativeAI Error]: Error fetching from https://generativelanguage.googleapis.com',
	"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
	'The model `gpt-9` does not exist or you do not have access to it.',
	'Unauthorized',
	'Bad Gateway',
	'Workflow was started',
	'Workflow executed successfully',
	'data:audio/mp3;base64,SUQzBAAAAAAAI1RTU0UAAAAPAAADTGF2ZjU4',
	'SUQzBAAAAAAAI1RTU0UAAAAPAAADTGF2'.repeat(20),
	'[object Object]',
	'[object Object],[object Object]',
	'undefined',
	'null',
	'{}',
	'{"name":"save_lead","arguments":{"message":"x"}}',
	'{"type":"tool_use","name":"x","input":{"text":"x"}}',
	'Action: crm\nAction Input: {"name":"Ada"}',
	'print(default_api.save_lead(email="ada@example.com"))',
	'{"name": "save_lead", "parameters": {"email": "ada@example.com"}}',
	'<think>Only thought',
];
describe('an error message from an agent or node', () => {
	it.each(ERROR_TEXTS)('is not a reply: %s', (text) => {
		const failure = /^\((?!ok)/;
		for (const answer of [
			readJson({ output: text }),
			read([text], { type: 'text/plain' }),
			read([...text], { type: 'text/plain' }),
		]) {
			expect(answer === '' ? '(empty)' : answer).toMatch(failure);
		}
	});
	it('is distinguished from text that begins alike', () => {
		for (const text of [
			'Agents are here for you.',
			'Errors happen; sorry!',
			'None of them.',
			'True stories',
			'The service is open.',
			'Forbidden colors are red and pink.',
			'The model `X200` is in stock.',
			'404 roofs and counting',
			'Internationalization'.repeat(30),
		]) {
			expect(read([...text], { type: 'text/plain' })).toBe(text);
		}
	});
});

describe('the response of a service that sent a message elsewhere', () => {
	const text = 'New lead: Ada, ada@a.example';
	const RECEIPTS: [string, Record<string, unknown>][] = [
		[
			'an email',
			{
				...{ accepted: ['a@a.example'], rejected: [], envelope: {} },
				response: '250 2.0.0 OK  1700000000 a1-20020a - gsmtp',
				messageId: '<1@a.example>',
			},
		],
		['Telegram', { ok: true, result: { message_id: 1, chat: { id: 5 }, date: 1, text } }],
		['Slack', { ok: true, channel: 'C1', message: { type: 'message', text }, ts: '1.2' }],
		['Discord', { id: '1', type: 0, content: text, channel_id: '1', author: { id: '1' } }],
		['Mattermost', { id: 'a', create_at: 1, user_id: 'u', channel_id: 'c', message: text }],
		['Google Chat', { name: 'spaces/A/messages/B', text, sender: {}, space: {} }],
		['Teams', { '@odata.context': 'x', messageType: 'message', body: { content: text } }],
		['Twilio', { account_sid: 'AC1', sid: 'SM1', body: text, status: 'queued' }],
	];
	it.each(RECEIPTS)('is not a reply: %s', (_, receipt) => {
		expect(readJson(receipt)).toBe('(bad_shape)');
		expect(readJson([{ json: receipt }])).toBe('(bad_shape)');
		expect(read([...JSON.stringify([receipt])])).toBe('(bad_shape)');
	});
	it.each(RECEIPTS)('doesn’t hide the reply of another item: %s', (_, receipt) => {
		expect(readJson([{ output: ASK }, receipt])).toBe(ASK);
		expect(readJson([receipt, { output: ASK }])).toBe(ASK);
	});
});

it('a confirmation to the visitor is a reply', () => {
	for (const message of ['Your request was sent successfully!', 'All done, Ada.']) {
		expect(readJson({ id: 1, message })).toBe(message);
	}
	const booked = 'Appointment created successfully!';
	expect(readJson({ message: booked, completed: true })).toBe(booked);
});

it('notes an expression that it removes', () => {
	const reply = parseReply(JSON.stringify({ output: `Hi {{ $json.name }}! ${ASK}` }));
	expect(reply?.text).toBe(`Hi ! ${ASK}`);
	expect(reply?.fields.notes).toEqual([
		{
			kind: 'rejected',
			path: 'reply',
			value: '{{ $json.name }}',
			message: 'was sent instead of its value',
		},
	]);
	const tag = parseReply(JSON.stringify({ output: `{% if name %}Hi!{% endif %} ${ASK}` }));
	expect(tag).toMatchObject({
		text: `Hi! ${ASK}`,
		fields: { notes: [{ value: '{% if name %}' }] },
	});
	const name = parseReply(JSON.stringify({ output: `I am <assistant_name>. ${ASK}` }));
	expect(name?.fields.notes).toMatchObject([{ value: '<assistant_name>' }]);
	expect(parseReply(JSON.stringify({ output: 'Use `{{ x }}`' }))?.fields.notes).toBeUndefined();
});

describe('only a closing tag', () => {
	const line = (content: string) => `${JSON.stringify({ type: 'item', content })}\n`;
	it('discards what was shown before, and is awaited when the text reads like reasoning', () => {
		expect(read([line('Rain today. '), line('Say hello.</think>'), line(ASK)])).toBe(ASK);
		const answer = new Answer();
		const reader = new AnswerReader(answer, 'application/json');
		const shown: string[] = [];
		for (const piece of [
			'The ',
			'visitor wants a roof. ',
			'x'.repeat(150),
			'</think>',
			`\n${ASK}`,
		]) {
			reader.push(line(piece));
			shown.push(...answer.drain());
		}
		reader.end();
		shown.push(...answer.drain());
		expect(shown.join('')).toBe(ASK);
	});
});

describe('any answer from an AI', () => {
	const piece = fc.oneof(
		fc.constantFrom(
			...[
				'<think>',
				'</think>',
				'<p>',
				'<br>',
				'&amp;',
				'`',
				'\n',
				' ',
				'{',
				'"',
				'[',
				'Hello',
				'**',
				'Agent stopped',
				'</b>',
				'<|end|>',
				'。',
			],
		),
		fc.string({ maxLength: 6 }),
	);
	const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));
	const cut = (whole: string, sizes: number[]) => {
		const pieces = [];
		let at = 0;
		for (const size of sizes) pieces.push(whole.slice(at, (at += size)));
		return [...pieces, whole.slice(at)];
	};
	it('gives the same reply however its stream is chunked', () => {
		fc.assert(
			fc.property(text, fc.array(fc.nat({ max: 9 }), { maxLength: 40 }), (whole, sizes) => {
				const stream = (pieces: string[]) =>
					read(pieces.map((content) => `${JSON.stringify({ type: 'item', content })}\n`));
				expect(stream(cut(whole, sizes))).toBe(stream([whole]));
			}),
			{ numRuns: 500 },
		);
	});
	it('throws nothing but ConnectorError', () => {
		const names = fc.constantFrom(
			'output',
			'text',
			'type',
			'content',
			'parts',
			'messages',
			'role',
			'body',
			'headers',
			'thought',
			'choices',
			'message',
		);
		const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
			tree: fc.oneof(
				{ depthSize: 'small' },
				text,
				fc.constantFrom<unknown>(null, true, 1, 'thinking', 'text', 'tool_use'),
				fc.array(tie('tree')),
				fc.dictionary(names, tie('tree')),
			),
		}));
		fc.assert(
			fc.property(tree, (value) => {
				expect(readJson(value)).toBeTypeOf('string');
			}),
			{ numRuns: 500 },
		);
		fc.assert(
			fc.property(fc.array(tree), (events) => {
				const pieces = events.map((event) => `data: ${JSON.stringify(event)}\n\n`);
				expect(read(pieces, { type: 'text/event-stream' })).toBeTypeOf('string');
			}),
			{ numRuns: 300 },
		);
	});
});
