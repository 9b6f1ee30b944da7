import { describe, expect, it } from 'vitest';
import { readAnswer as read } from '../../../../../../tests/support/read-answer.ts';

const ASK = 'May I have your name?';
const POOR = 'They seem poor.';

describe('a stream of events', () => {
	const sse = (...events: unknown[]) =>
		events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
	const lines = (...events: unknown[]) =>
		events.map((event) => `${JSON.stringify(event)}\n`).join('');
	const STREAMS: [string, string, string?][] = [
		[
			// https://platform.claude.com/docs/build-with-claude/streaming
			'Anthropic',
			sse(
				{ type: 'message_start', message: { role: 'assistant', content: [] } },
				{
					type: 'content_block_start',
					index: 0,
					content_block: { type: 'thinking', thinking: '' },
				},
				{
					type: 'content_block_delta',
					index: 0,
					delta: { type: 'thinking_delta', thinking: POOR },
				},
				{
					type: 'content_block_delta',
					index: 0,
					delta: { type: 'signature_delta', signature: 'x' },
				},
				{
					type: 'content_block_delta',
					index: 1,
					delta: { type: 'text_delta', text: 'May I have ' },
				},
				{
					type: 'content_block_delta',
					index: 1,
					delta: { type: 'text_delta', text: 'your name?' },
				},
				{ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: {} },
				{ type: 'message_stop' },
			),
		],
		[
			'OpenAI Responses',
			sse(
				{ type: 'response.created', response: { output: [] } },
				{ type: 'response.reasoning_summary_text.delta', delta: POOR },
				{ type: 'response.output_text.delta', delta: 'May I have ' },
				{ type: 'response.output_text.delta', delta: 'your name?' },
				{ type: 'response.output_text.done', text: ASK },
				{
					type: 'response.completed',
					response: {
						output: [{ type: 'message', content: [{ type: 'output_text', text: ASK }] }],
					},
				},
			),
		],
		[
			'Gemini',
			sse(
				{ candidates: [{ content: { parts: [{ text: POOR, thought: true }] } }] },
				{ candidates: [{ content: { parts: [{ text: 'May I have ' }] } }] },
				{ candidates: [{ content: { parts: [{ text: 'your name?' }] } }] },
			),
		],
		[
			'the AI SDK',
			sse(
				{ type: 'start' },
				{ type: 'reasoning-delta', id: '0', delta: POOR },
				{ type: 'text-start', id: '1' },
				{ type: 'text-delta', id: '1', delta: 'May I ' },
				{ type: 'text-delta', id: '1', delta: 'have your name?' },
				{ type: 'text-end', id: '1' },
				{ type: 'finish' },
			),
		],
		[
			'the AI SDK 4',
			`f:{"messageId":"m"}\ng:"${POOR}"\n0:"May I "\n0:"have your name?"\nd:{"finishReason":"stop"}\n`,
			'text/plain',
		],
		[
			'Ollama',
			lines(
				{ model: 'q', message: { role: 'assistant', content: '', thinking: POOR }, done: false },
				{ model: 'q', message: { role: 'assistant', content: 'May I ' }, done: false },
				{ model: 'q', message: { role: 'assistant', content: 'have your name?' }, done: true },
			),
			'application/x-ndjson',
		],
		[
			'Cohere',
			sse(
				{ type: 'message-start', delta: { message: { role: 'assistant' } } },
				{ type: 'content-delta', index: 0, delta: { message: { content: { thinking: POOR } } } },
				{ type: 'content-delta', index: 1, delta: { message: { content: { text: ASK } } } },
			),
		],
		[
			'Dify',
			sse(
				{ event: 'agent_thought', thought: POOR },
				{ event: 'message', answer: 'May I ' },
				{ event: 'message', answer: 'have your name?' },
				{ event: 'message_end', metadata: {} },
			),
		],
		[
			'Flowise',
			sse(
				{ event: 'start', data: '' },
				{ event: 'token', data: 'May I ' },
				{ event: 'token', data: 'have your name?' },
				{ event: 'end', data: '[DONE]' },
			),
		],
		[
			'Mistral',
			sse(
				{
					choices: [
						{
							delta: { content: [{ type: 'thinking', thinking: [{ type: 'text', text: POOR }] }] },
						},
					],
				},
				{ choices: [{ delta: { content: ASK } }] },
			),
		],
	];
	it.each(STREAMS)(
		'is reduced to its text, without reasoning: %s',
		(_, body, type = 'text/event-stream') => {
			expect(read([body], { type })).toBe(ASK);
			expect(read([...body], { type })).toBe(ASK);
		},
	);
});
