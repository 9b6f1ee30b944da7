import { describe, expect, it } from 'vitest';
import {
	readAnswer as read,
	readJsonAnswer as readJson,
} from '../../../../../../tests/support/read-answer.ts';
import { parseReply } from './parse-reply.ts';

const ASK = 'May I have your name?';
const VISITOR = 'I need a new roof please';
const LANGFLOW = {
	session_id: 's',
	outputs: [
		{
			inputs: { input_value: VISITOR },
			outputs: [
				{
					results: { message: { text_key: 'text', data: { sender: 'Machine', text: ASK } } },
					artifacts: { message: ASK, sender: 'Machine', files: [] },
					outputs: { message: { message: ASK, type: 'text' } },
					messages: [{ message: ASK, sender: 'Machine', sender_name: 'AI' }],
				},
			],
		},
	],
};

describe('an answer from an agent platform', () => {
	const ANSWERS: [string, unknown, string?][] = [
		// https://github.com/langflow-ai/langflow/issues/3378
		['Langflow', LANGFLOW],
		// https://docs.voiceflow.com/reference/stateinteract-1
		[
			'Voiceflow',
			[
				{ type: 'debug', payload: { message: 'matched intent **None**' } },
				{ type: 'path', payload: { path: 'choice:1' } },
				{ type: 'text', payload: { slate: { content: [] }, message: ASK, delay: 1000 } },
				{ type: 'choice', payload: { buttons: [{ name: 'Yes', request: { type: 'path-x' } }] } },
				{ type: 'end' },
			],
		],
		[
			"Voiceflow's second version",
			{
				state: { variables: {} },
				request: { type: 'text', payload: VISITOR },
				trace: [{ type: 'speak', payload: { type: 'message', message: ASK, src: null } }],
			},
		],
		// https://github.com/crewAIInc/crewAI/pull/756, https://docs.crewai.com/en/concepts/crews
		[
			'CrewAI',
			{
				raw: ASK,
				pydantic: null,
				json_dict: null,
				tasks_output: [{ description: VISITOR, raw: ASK, agent: 'Receptionist' }],
				token_usage: { total_tokens: 1 },
			},
		],
		["CrewAI's cloud", { state: 'SUCCESS', status: 'SUCCESS', result: ASK, last_step: {} }],
		[
			'Dify workflow',
			{
				workflow_run_id: 'w',
				data: { status: 'succeeded', outputs: { result: ASK }, error: null },
			},
		],
		// https://github.com/FlowiseAI/Flowise/issues/4962
		['Flowise', { text: ASK, question: VISITOR, chatId: 'c', usedTools: [{ tool: 'x' }] }],
		['Stack AI', { outputs: { 'out-0': ASK }, run_id: 'r' }],
		[
			'Botpress',
			{ messages: [{ type: 'text', payload: { type: 'text', text: ASK }, direction: 'outgoing' }] },
		],
		// https://rasa.com/docs/rasa/connectors/your-own-website/#restinput
		[
			'Rasa',
			[
				{ recipient_id: 'u', text: 'Hello.' },
				{ recipient_id: 'u', text: ASK, buttons: [{ title: 'Yes', payload: '/affirm' }] },
			],
			`Hello.\n\n${ASK}`,
		],
		[
			'Bot Framework',
			{
				activities: [
					{ type: 'message', from: { role: 'user' }, text: VISITOR },
					{ type: 'typing', from: { role: 'bot' } },
					{ type: 'message', from: { role: 'bot' }, text: ASK },
				],
			},
		],
		// https://github.com/dialogflow/dialogflow-android-client/issues/42
		[
			'Dialogflow CX',
			{ queryResult: { text: VISITOR, responseMessages: [{ text: { text: [ASK] } }] } },
		],
		['a Dialogflow webhook', { fulfillment_response: { messages: [{ text: { text: [ASK] } }] } }],
		// https://github.com/IBM-Bluemix-Docs/conversation/pull/350
		[
			'Watson Assistant',
			{
				output: {
					intents: [],
					generic: [
						{ response_type: 'pause', time: 1000 },
						{ response_type: 'text', text: ASK },
					],
				},
			},
		],
		[
			'Coze',
			{
				messages: [
					{ role: 'assistant', type: 'verbose', content: '{"msg_type":"knowledge_recall"}' },
					{ role: 'assistant', type: 'answer', content: ASK },
					{ role: 'assistant', type: 'follow_up', content: 'What can you do?' },
				],
				code: 0,
				msg: 'success',
			},
		],
		[
			'Typebot',
			{
				messages: [
					{
						id: '1',
						type: 'text',
						content: {
							type: 'richText',
							richText: [
								{
									type: 'p',
									children: [{ text: 'May I have ' }, { text: 'your name?', bold: true }],
								},
							],
						},
					},
				],
			},
		],
		['Typebot in Markdown', { messages: [{ type: 'text', content: { markdown: ASK } }] }],
		[
			'Replicate',
			{
				status: 'succeeded',
				input: { prompt: VISITOR },
				output: ['May I', ' have', ' your name?'],
			},
		],
		// https://a2a-protocol.org/latest/specification/
		[
			'A2A',
			{
				result: {
					kind: 'task',
					status: { state: 'completed' },
					artifacts: [{ parts: [{ kind: 'text', text: ASK }] }],
					history: [{ role: 'user', parts: [{ kind: 'text', text: VISITOR }] }],
				},
			},
		],
		[
			'AnythingLLM',
			{ type: 'textResponse', textResponse: ASK, sources: [{ text: 'x' }], error: null },
		],
		['RAGFlow', { code: 0, data: { answer: ASK, reference: { chunks: [{ content: 'x' }] } } }],
		['Vertex AI', { predictions: [{ content: ASK }] }],
		['watsonx', { results: [{ generated_text: ASK, stop_reason: 'eos_token' }] }],
		// https://yandex.cloud/en/docs/foundation-models/text-generation/api-ref/TextGeneration/completion
		['YandexGPT', { result: { alternatives: [{ message: { role: 'assistant', text: ASK } }] } }],
		['Llama on Bedrock', { generation: ASK, prompt_token_count: 1, stop_reason: 'stop' }],
		['a message for WhatsApp', { type: 'text', text: { body: ASK } }],
		['a name of its own', { id: 1, bot_reply_text: ASK }],
		['another name', { id: 1, assistant_message: ASK }],
		['a name in Spanish', { id: 1, respuesta_final: 'x', respuesta: ASK }],
		["n8n's Markdown node", [{ data: `<p>${ASK}</p>` }]],
		['GraphQL', { data: { chat: { reply: ASK } } }],
		[
			"Botpress's cloud",
			{
				responses: [
					{ type: 'text', text: 'Hi there' },
					{ type: 'choice', text: ASK, options: [] },
				],
			},
			`Hi there\n\n${ASK}`,
		],
		[
			'ManyChat',
			{
				version: 'v2',
				content: {
					messages: [
						{ type: 'text', text: 'Hi there' },
						{ type: 'text', text: ASK },
					],
				},
			},
			`Hi there\n\n${ASK}`,
		],
		[
			'a history',
			[
				{ role: 'user', content: 'Hi' },
				{ role: 'assistant', content: 'Hello' },
				{ role: 'user', content: VISITOR },
				{ role: 'assistant', content: ASK },
			],
		],
		[
			'LangGraph with a tool',
			{
				values: {
					messages: [
						{ type: 'human', content: VISITOR },
						{ type: 'ai', content: '', tool_calls: [{ name: 'crm' }] },
						{ type: 'tool', content: '42 roofs' },
						{ type: 'ai', content: ASK },
					],
				},
			},
		],
		// https://docs.haystack.deepset.ai/docs/chatmessage
		['Haystack', { llm: { replies: [{ _role: 'assistant', _content: [{ text: ASK }] }] } }],
		[
			'LlamaIndex',
			{ response: { message: { role: 'assistant', blocks: [{ block_type: 'text', text: ASK }] } } },
		],
		[
			'Dialogflow’s first version',
			{ result: { fulfillment: { speech: ASK }, resolvedQuery: 'x' } },
		],
		['Alexa', { version: '1.0', response: { outputSpeech: { type: 'PlainText', text: ASK } } }],
		['Cloudflare', { success: true, errors: [], messages: [], result: { response: ASK } }],
		["Lambda's proxy", { statusCode: 200, headers: {}, body: JSON.stringify({ reply: ASK }) }],
		['a report beside the reply', { message: 'Lead saved successfully', output: ASK }],
		['a status beside the reply', { status: 200, message: 'success', data: { reply: ASK } }],
	];
	it.each(ANSWERS)('is reduced to its text: %s', (_, value, text = ASK) => {
		expect(readJson(value, VISITOR)).toBe(text);
		expect(read([...JSON.stringify(value)], { visitorMessage: VISITOR })).toBe(text);
	});

	const NO_ANSWERS: [string, unknown, string][] = [
		['a workflow that an earlier n8n started', 'Workflow got started.', 'no_reply_mode'],
		[
			"Pipedream's default answer",
			'<p><b>Success!</b></p>\n<p>To customize this response, check out our docs <a href="https://x.example">here</a></p>',
			'no_reply_mode',
		],
		["IFTTT's answer", "Congratulations! You've fired the lead event", 'no_reply_mode'],
		['n8n while it starts', 'n8n is starting up. Please wait', 'workflow_error'],
		['a started scenario of Make', 'Accepted', 'no_reply_mode'],
		['a job of Windmill', '0198f3a2-5b1c-7d10-a5a0-0d1f2b3c4d5e', 'no_reply_mode'],
		[
			'a contact created by an API',
			{ status: 'success', message: 'Contact created successfully' },
			'bad_shape',
		],
		['a row added by an API', { id: 7, message: 'New row was added successfully.' }, 'bad_shape'],
		['a webhook of Zapier', { attempt: '1', id: '1', status: 'success' }, 'bad_shape'],
		['a status alone', { ok: true, message: 'ok' }, 'bad_shape'],
		['a status of a failure', { status: 'error', message: 'Went wrong' }, 'workflow_error'],
		['a failure in words', { success: false, message: 'Quota exceeded' }, 'workflow_error'],
		['a code of RAGFlow', { code: 102, message: "You don't own the chat" }, 'workflow_error'],
		[
			'a failed tool of MCP',
			{ content: [{ type: 'text', text: 'connect ECONNREFUSED' }], isError: true },
			'workflow_error',
		],
		[
			'a failed workflow of Dify',
			{ data: { status: 'failed', outputs: {}, error: 'Run failed' } },
			'workflow_error',
		],
		['a tunnel that is down', 'ERR_NGROK_3200: The endpoint is offline', 'workflow_error'],
		['a proxy without a server', 'no healthy upstream', 'workflow_error'],
		['AWS', { message: 'Endpoint request timed out' }, 'workflow_error'],
		// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
		[
			'Lambda',
			{ errorType: 'TypeError', errorMessage: 'x is not a function', trace: ['at x'] },
			'workflow_error',
		],
		["Lambda's proxy", { statusCode: 500, body: '{"message":"Internal"}' }, 'workflow_error'],
		['a missing token', { message: 'Missing Authentication Token' }, 'workflow_error'],
		['Kong', { message: 'no Route matched with those values' }, 'workflow_error'],
		[
			'Dify that refuses',
			{ code: 'app_unavailable', message: 'App unavailable', status: 400 },
			'workflow_error',
		],
		['a status of HTTP', { statusCode: 401, message: 'Unauthorized' }, 'workflow_error'],
		[
			'Supabase',
			{ code: 'PGRST301', message: 'JWT expired', details: null, hint: null },
			'workflow_error',
		],
		['GraphQL', { errors: [{ message: 'Not signed in' }], data: null }, 'workflow_error'],
		['FastAPI', { detail: [{ loc: ['body'], msg: 'field required' }] }, 'workflow_error'],
		[
			'MiniMax',
			{ choices: null, base_resp: { status_code: 1008, status_msg: 'x' } },
			'workflow_error',
		],
		['Baidu', { error_code: 110, error_msg: 'Access token invalid' }, 'workflow_error'],
		// https://github.com/enricoros/big-AGI/issues/871
		[
			'Gemini that blocks',
			{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } },
			'workflow_error',
		],
		['Gemini that stops', { candidates: [{ finishReason: 'SAFETY', index: 0 }] }, 'workflow_error'],
		['a model without words', { choices: [{ message: { content: null } }] }, 'empty'],
		['a zero-width space', { output: '\u200b' }, 'empty'],
		['a list of sources', { sources: [{ text: 'We open at 9.' }] }, 'bad_shape'],
	];
	it.each(['audio/mpeg', 'image/png', 'application/pdf'])('is not a file: %s', (type) => {
		expect(read(['ID3', '\u0004'], { type })).toBe('(bad_shape)');
	});
	it.each(NO_ANSWERS)('is not a reply: %s', (_, value, outcome) => {
		const text =
			typeof value === 'string' ? read([...value], { type: 'text/plain' }) : readJson(value);
		expect(text).toBe(`(${outcome})`);
	});
});

describe('JSON that a model wrote into its text', () => {
	const REPLY = `{"reply":"${ASK}","lead":{"email":"ada@example.com"}}`;
	const TEXTS: [string, string][] = [
		['after an introduction', `Here is the JSON:\n\`\`\`json\n${REPLY}\n\`\`\``],
		['before a remark', `${REPLY}\n\nI kept it short.`],
		['after the reply', `${ASK}\n\n{"lead":{"email":"ada@example.com"},"completed":false}`],
		[
			'a call after the reply',
			`${ASK}\n\n{"name": "save_lead", "parameters": {"email": "ada@example.com"}}`,
		],
		[
			'a call in a fence',
			`${ASK}\n\`\`\`json\n{"name":"save_lead","arguments":{"email":"x"}}\n\`\`\``,
		],
		[
			'a call as LangChain writes it',
			`${ASK}\n\`\`\`json\n{"action":"save_lead","action_input":{"email":"x"}}\n\`\`\``,
		],
		[
			'a final answer as LangChain writes it',
			`Thought: done\n\`\`\`json\n{"action":"Final Answer","action_input":{"reply":"${ASK}"}}\n\`\`\``,
		],
		[
			'a final answer as a text',
			`Thought: done\n{"action":"Final Answer","action_input":"${ASK}"}`,
		],
		['a call of a tool', `${ASK}\n\n{"tool":"save_lead","args":{"email":"x"}}`],
		[
			'as the visitor’s details',
			`${ASK}\n\n\`\`\`json\n{"name":"Ada","email":"ada@example.com","phone":null}\n\`\`\``,
		],
		['in tags of the prompt', `${ASK}\n<lead>\n{"name":"Ada","service":"roof"}\n</lead>`],
		[
			'in a fence in tags of the prompt',
			`${ASK}\n<lead>\n\`\`\`json\n{"name":"Ada"}\n\`\`\`\n</lead>`,
		],
		['in brackets of the prompt', `${ASK}\n\n[LEAD]{"name":"Ada"}[/LEAD]`],
		[
			'after a label of the prompt',
			`${ASK}\n\nLEAD_DATA: {"name":"Ada","email":"ada@example.com"}`,
		],
		['after a heading', `${ASK}\n### LEAD ###\n{"name":"Ada","email":"ada@example.com"}`],
		['after a rule', `${ASK}\n---\n{"name":"Ada","email":"ada@example.com"}`],
		['in a fence with a name', `${ASK}\n\`\`\`lead\n{"name":"Ada"}\n\`\`\``],
		['as Markdown in a fence', `\`\`\`markdown\n${ASK}\n\`\`\``],
		['as HTML in a fence', `\`\`\`html\n<p>${ASK}</p>\n\`\`\``],
		['with a comma too many', `{"reply":"${ASK}",}`],
	];
	it.each(TEXTS)('is read: %s', (_, text) => {
		expect(readJson({ output: text })).toBe(ASK);
		expect(read([text], { type: 'text/plain' })).toBe(ASK);
		const lines = [...text].map((content) => `${JSON.stringify({ type: 'item', content })}\n`);
		expect(read(lines)).toBe(ASK);
	});
	it.each(['[LEAD]@[/LEAD]', 'LEAD_DATA: @', '### Contact\n@'])(
		'has other fields beside a lead: %s',
		(marked) => {
			const json = '{"name":"Ada","completed":true,"asked":"phone"}';
			expect(parseReply(`${ASK}\n${marked.replace('@', json)}`)).toMatchObject({
				text: ASK,
				fields: { lead: { name: 'Ada' }, completed: true, asked: 'phone' },
			});
			expect(parseReply(`${ASK}\n${marked.replace('@', '{"completed":true}')}`)?.fields).toEqual({
				completed: true,
			});
		},
	);
	it('may contain line breaks in its texts', () => {
		expect(readJson({ output: '{"reply":"One\nTwo"}' })).toBe('One\nTwo');
	});
	it('is kept if it is an example for the visitor', () => {
		const text = 'Send this:\n```json\n{"message":"hi"}\n```\nDoes it work?';
		expect(readJson({ output: text })).toBe(text);
	});
});
