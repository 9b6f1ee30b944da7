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
		// https://github.com/mnfst/llm-gateway/issues/2053
		[
			'OpenRouter, with comments as data',
			`: OPENROUTER PROCESSING\n\ndata: : OPENROUTER PROCESSING\n\n${sse({ choices: [{ delta: { content: ASK } }] })}`,
		],
		// https://github.com/tmc/langchaingo/pull/631
		[
			'a stream declared as text, with a comment first',
			`: ping - 2024-02-23\r\n\r\nretry: 300\r\n${sse({ delta: 'May I ' }, { delta: 'have your name?' })}`,
			'text/plain',
		],
		[
			'a stream declared as bytes, with a name first',
			`event: token\nid: 1\ndata: {"text":"${ASK}"}\n\n`,
			'application/octet-stream',
		],
		// https://github.com/langflow-ai/langflow/issues/9320
		[
			'Langflow',
			lines(
				{ event: 'add_message', data: { sender: 'User', text: 'Hello there' } },
				{ event: 'add_message', data: { sender: 'Machine', text: '' } },
				{ event: 'token', data: { chunk: 'May I ' } },
				{ event: 'token', data: { chunk: 'have your name?' } },
				{ event: 'add_message', data: { sender: 'Machine', text: ASK } },
				{ event: 'end', data: { result: { outputs: [{ outputs: [{ results: ASK }] }] } } },
			).replaceAll('\n', '\n\n'),
		],
		[
			'Flowise with an agent flow',
			sse(
				{ event: 'agentFlowEvent', data: 'INPROGRESS' },
				{ event: 'token', data: ASK },
				{ event: 'agentFlowExecutedData', data: [{ data: { output: { content: POOR } } }] },
				{ event: 'end', data: '[DONE]' },
			).replaceAll('data: {', 'message:\ndata:{'),
		],
		[
			'Dify that replaces its answer',
			sse(
				{ event: 'message', answer: 'Bad words' },
				{ event: 'message_replace', answer: ASK },
				{ event: 'message_end' },
			),
		],
		[
			'LangGraph with pairs',
			`event: messages\ndata: ${JSON.stringify([{ content: 'May I ', type: 'AIMessageChunk' }, { langgraph_node: 'a' }])}\n\n` +
				`event: messages\ndata: ${JSON.stringify([{ content: 'have your name?', type: 'AIMessageChunk' }, {}])}\n\n`,
		],
		[
			'LangGraph that repeats',
			`event: messages/partial\ndata: [{"content":"May I","type":"ai"}]\n\nevent: messages/partial\ndata: [{"content":"${ASK}","type":"ai"}]\n\n`,
		],
		// https://google.github.io/adk-docs/runtime/
		[
			'ADK',
			sse(
				{ content: { parts: [{ text: 'May I ' }] }, partial: true },
				{ content: { parts: [{ text: 'have your name?' }] }, partial: true },
				{ content: { parts: [{ text: ASK }] } },
			),
		],
		[
			'Agno',
			sse(
				{ event: 'RunStarted' },
				{ event: 'RunContent', content: 'May I ' },
				{ event: 'RunContent', content: 'have your name?' },
				{ event: 'RunCompleted', content: ASK },
			),
		],
		[
			'Coze',
			[
				['delta', 'answer', 'May I '],
				['delta', 'answer', 'have your name?'],
				['completed', 'answer', ASK],
				['completed', 'verbose', '{"msg_type":"generate_answer_finish"}'],
				['completed', 'follow_up', 'What can you do?'],
			]
				.map(
					([name, type, content]) =>
						`event: conversation.message.${name}\ndata: ${JSON.stringify({ role: 'assistant', type, content })}\n\n`,
				)
				.join(''),
		],
		[
			'Voiceflow',
			`event: trace\ndata: ${JSON.stringify({ type: 'text', payload: { message: ASK } })}\n\n`,
		],
		[
			"Cohere's first version",
			lines(
				{ event_type: 'stream-start' },
				{ event_type: 'text-generation', text: ASK },
				{ event_type: 'stream-end', response: { text: ASK } },
			),
		],
		[
			'AnythingLLM',
			sse(
				{ type: 'textResponseChunk', textResponse: ASK, close: false },
				{ type: 'textResponseChunk', textResponse: '', sources: [{ text: POOR }], close: true },
			),
		],
		[
			'Mastra',
			sse(
				{ type: 'reasoning-delta', payload: { text: POOR } },
				{ type: 'text-delta', payload: { text: ASK } },
			),
		],
		['JSON lines', lines({ text: 'May I ' }, { text: 'have your name?' })],
		[
			'sources before the text',
			sse({ sources: [{ document: [POOR] }] }, { choices: [{ delta: { content: ASK } }] }),
		],
	];
	it.each(STREAMS)(
		'is reduced to its text, without reasoning: %s',
		(_, body, type = 'text/event-stream') => {
			expect(read([body], { type })).toBe(ASK);
			expect(read([...body], { type })).toBe(ASK);
		},
	);
	it('that reports an error is a failure', () => {
		const body = sse({ type: 'RUN_STARTED' }, { type: 'RUN_ERROR', message: 'boom' });
		expect(read([body], { type: 'text/event-stream' })).toBe('(workflow_error)');
	});
});
