import { describe, expect, it } from 'vitest';
import {
	readAnswer as read,
	readJsonAnswer as readJson,
} from '../../../../../../tests/support/read-answer.ts';

const ASK = 'May I have your name?';
const REASONING = 'They seem poor.';

describe('an answer in parts', () => {
	const PARTS: [string, unknown, string][] = [
		// https://github.com/BerriAI/litellm/pull/38153
		[
			'Anthropic with thinking',
			{
				id: 'msg_1',
				type: 'message',
				role: 'assistant',
				content: [
					{ type: 'thinking', thinking: REASONING, signature: 'x' },
					{ type: 'redacted_thinking', data: 'x' },
					{ type: 'text', text: ASK },
				],
				stop_reason: 'end_turn',
			},
			ASK,
		],
		[
			'Anthropic around a tool',
			{
				output: [
					{ type: 'text', text: 'Let me look.' },
					{ type: 'tool_use', id: 'toolu_1', name: 'calendar', input: { text: 'x' } },
					{ type: 'text', text: 'Ten is free.' },
				],
			},
			'Let me look.\n\nTen is free.',
		],
		[
			'Anthropic with citations',
			{
				content: [
					{ type: 'text', text: 'We open ' },
					{ type: 'text', text: 'at 9', citations: [{ type: 'char_location', cited_text: 'x' }] },
					{ type: 'text', text: '.' },
				],
			},
			'We open at 9.',
		],
		[
			'OpenAI Responses',
			{
				id: 'resp_1',
				object: 'response',
				error: null,
				output: [
					{ type: 'reasoning', summary: [{ type: 'summary_text', text: REASONING }] },
					{
						type: 'message',
						role: 'assistant',
						content: [{ type: 'output_text', text: ASK, annotations: [] }],
					},
				],
				text: { format: { type: 'text' } },
			},
			ASK,
		],
		[
			"n8n's OpenAI node",
			[
				{
					output: [
						{
							id: 'msg_1',
							type: 'message',
							status: 'completed',
							content: [{ type: 'output_text', annotations: [], logprobs: [], text: ASK }],
							role: 'assistant',
						},
					],
				},
			],
			ASK,
		],
		[
			'Responses with reasoning_text',
			{
				output: [
					{ type: 'reasoning', content: [{ type: 'reasoning_text', text: REASONING }] },
					{ type: 'message', content: [{ type: 'output_text', text: ASK }] },
				],
			},
			ASK,
		],
		[
			'a refusal',
			{
				output: [
					{
						type: 'message',
						role: 'assistant',
						content: [{ type: 'refusal', refusal: 'I cannot help with that.' }],
					},
				],
			},
			'I cannot help with that.',
		],
		[
			'Chat Completions',
			{
				choices: [
					{ message: { role: 'assistant', reasoning_content: REASONING, content: ASK } },
					{ message: { content: 'No' } },
				],
			},
			ASK,
		],
		[
			'OpenRouter',
			{
				choices: [
					{
						message: {
							role: 'assistant',
							reasoning: REASONING,
							reasoning_details: [{ type: 'reasoning.text', text: REASONING }],
							content: ASK,
						},
					},
				],
			},
			ASK,
		],
		// https://github.com/langchain4j/langchain4j/pull/4474
		[
			'Mistral',
			{
				choices: [
					{
						message: {
							role: 'assistant',
							content: [
								{ type: 'thinking', thinking: [{ type: 'text', text: REASONING }] },
								{ type: 'text', text: ASK },
							],
						},
					},
				],
			},
			ASK,
		],
		// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseOutput.html
		[
			'Bedrock Converse',
			{
				output: {
					message: {
						role: 'assistant',
						content: [{ reasoningContent: { reasoningText: { text: REASONING } } }, { text: ASK }],
					},
				},
				stopReason: 'end_turn',
			},
			ASK,
		],
		[
			'Cohere',
			{
				id: '1',
				message: {
					role: 'assistant',
					tool_plan: REASONING,
					content: [
						{ type: 'thinking', thinking: REASONING },
						{ type: 'text', text: ASK },
					],
				},
			},
			ASK,
		],
		[
			'Ollama',
			{
				model: 'qwen3',
				message: { role: 'assistant', content: ASK, thinking: REASONING },
				done: true,
			},
			ASK,
		],
		[
			'Ollama generate',
			{ model: 'qwen3', response: ASK, thinking: REASONING, done: true, context: [1] },
			ASK,
		],
		[
			'LangChain',
			{
				lc: 1,
				type: 'constructor',
				id: ['langchain_core', 'messages', 'AIMessage'],
				kwargs: {
					content: [
						{ type: 'reasoning', reasoning: REASONING },
						{ type: 'text', text: ASK },
					],
				},
			},
			ASK,
		],
		[
			'LangGraph',
			{
				messages: [
					{ type: 'human', content: 'Hi' },
					{ type: 'ai', content: ASK },
				],
			},
			ASK,
		],
		['a chain in n8n', { response: { generations: [[{ text: ASK, generationInfo: {} }]] } }, ASK],
		[
			'the AI SDK',
			{
				role: 'assistant',
				parts: [
					{ type: 'step-start' },
					{ type: 'reasoning', text: REASONING },
					{ type: 'text', text: ASK },
				],
			},
			ASK,
		],
		// https://github.com/n8n-io/n8n/pull/37954
		[
			'Anthropic through the AI Agent',
			[
				{
					output: [
						{ type: 'thinking', thinking: REASONING, signature: 'x' },
						{ type: 'text', text: ASK },
					],
				},
			],
			ASK,
		],
		// https://github.com/Arize-ai/openinference/issues/3312
		[
			'LiteLLM',
			{
				choices: [
					{
						message: {
							content: ASK,
							reasoning_content: REASONING,
							thinking_blocks: [{ type: 'thinking', thinking: REASONING }],
						},
					},
				],
			},
			ASK,
		],
		// https://github.com/n8n-io/n8n/issues/20029
		['an output in an output', [{ output: { output: { reply: ASK } } }], ASK],
		// https://github.com/n8n-io/n8n/pull/13653
		["n8n's question and answer chain", [{ response: { text: ASK } }], ASK],
		// https://github.com/peerkar/ai-tasks/pull/37
		['thoughts beside the text', { output: { think: REASONING, text: `\n\n${ASK}` } }, ASK],
		// https://github.com/chathub-dev/chathub/issues/1356
		["an agent's final answer", { action: 'Final Answer', action_input: ASK }, ASK],
		['Hugging Face', [{ generated_text: ASK }], ASK],
		// https://github.com/VictorRancesCode/flutter_dialogflow/issues/20
		[
			'Dialogflow',
			{
				responseId: '0',
				queryResult: {
					queryText: 'roofs',
					fulfillmentText: ASK,
					fulfillmentMessages: [{ text: { text: [ASK] } }],
				},
				webhookStatus: { message: 'Webhook execution successful' },
			},
			ASK,
		],
		['Haystack', { llm: {}, replies: [ASK] }, ASK],
		['Botpress', { responses: [{ type: 'text', text: ASK }] }, ASK],
		['thoughts before JSON', { output: `<think>${REASONING}</think>\n{"reply":"${ASK}"}` }, ASK],
	];
	it.each(PARTS)('is reduced to its text, without reasoning: %s', (_, value, text) => {
		expect(readJson(value)).toBe(text);
		expect(read([...JSON.stringify(value)])).toBe(text);
	});
});
