import { describe, expect, it } from 'vitest';
import {
	readAnswer as read,
	readJsonAnswer as readJson,
} from '../../../../../../tests/support/read-answer.ts';

const ASK = 'May I have your name?';
const REASONING = 'They seem poor.';

describe('an answer from Gemini', () => {
	const PARTS: [string, unknown, string][] = [
		// https://github.com/n8n-io/n8n/issues/15953
		[
			'through the AI Agent',
			[
				{
					output: [
						{ thought: true, thoughtSignature: 'c2ln' },
						{ type: 'text', text: 'Flat roofs.' },
						{ type: 'text', text: ' And yours?' },
					],
				},
			],
			'Flat roofs. And yours?',
		],
		['with thoughts', { output: [{ thought: true, text: REASONING }, { text: ASK }] }, ASK],
		[
			"n8n's Gemini node",
			{ content: { parts: [{ text: ASK }], role: 'model' }, finishReason: 'STOP', index: 0 },
			ASK,
		],
		// https://github.com/micz/ThunderAI/issues/774
		[
			'generateContent',
			{
				candidates: [
					{
						content: {
							parts: [
								{ text: REASONING, thought: true },
								{ text: ASK, thoughtSignature: 'x' },
							],
							role: 'model',
						},
					},
				],
				usageMetadata: {},
			},
			ASK,
		],
		[
			'a stream collected in a list',
			[
				{ candidates: [{ content: { parts: [{ text: 'May I have' }] } }] },
				{ candidates: [{ content: { parts: [{ text: ' your name?' }] } }] },
			],
			ASK,
		],
		// https://github.com/googleapis/python-genai/issues/2121
		[
			'thoughts as text',
			{ candidates: [{ content: { parts: [{ text: `THOUGHT: ${REASONING}` }, { text: ASK }] } }] },
			ASK,
		],
		// https://github.com/pydantic/pydantic-ai/pull/5623
		[
			'a thought at the end',
			{ candidates: [{ content: { parts: [{ text: ASK }, { text: REASONING, thought: true }] } }] },
			ASK,
		],
		// https://github.com/AstrBotDevs/AstrBot/issues/4222
		[
			'a part with only a signature',
			{
				content: {
					parts: [
						{ text: REASONING, thought: true },
						{ text: ASK },
						{ text: null, thought_signature: 'x' },
					],
					role: 'model',
				},
			},
			ASK,
		],
	];
	it.each(PARTS)('is reduced to its text, without reasoning: %s', (_, value, text) => {
		expect(readJson(value)).toBe(text);
		expect(read([...JSON.stringify(value)])).toBe(text);
	});
});
