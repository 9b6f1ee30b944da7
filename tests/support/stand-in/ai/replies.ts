import { send, sendJson } from '../exchange.ts';
import type { AiHandler } from './ai-stand-in.ts';

const LEAD = { name: 'Ada Lovelace', email: 'ada@example.com', budget: 5000 };

/** Answers without streaming, in the formats of n8n's response modes. */
export const REPLIES = {
	echo: ({ response, chat }) =>
		sendJson(response, {
			output: chat.message === '' ? 'Hello! How can I help you?' : `You said: ${chat.message}`,
		}),
	/** Respond to Webhook, JSON. */
	object: ({ response, chat, reply }) =>
		sendJson(response, { reply, output: reply, session_id: chat.session_id, stage: 'budget' }),
	/** Last node, first entry: an AI Agent. */
	'last-node': ({ response, reply }) => sendJson(response, { output: reply }),
	/** Last node, first entry: a chain. */
	'last-node-chain': ({ response, reply }) => sendJson(response, { text: reply }),
	array: ({ response, reply }) => sendJson(response, [{ output: reply }]),
	'all-entries': ({ response, chat, reply }) =>
		sendJson(response, [
			{ output: 'First things first.' },
			{ output: reply, session_id: chat.session_id },
		]),
	/** Respond to Webhook, Text, which n8n sends as HTML. */
	text: ({ response, reply }) => send(response, 200, 'text/html; charset=utf-8', reply),
	/** Last node with a response property name: a bare JSON string. */
	string: ({ response, reply }) => sendJson(response, reply),
	/** "Put response in field". */
	nested: ({ response, reply }) => sendJson(response, { data: [{ body: { output: reply } }] }),
	'json-in-string': ({ response, reply }) =>
		sendJson(response, { output: JSON.stringify({ reply, lead: LEAD }) }),
	fenced: ({ response, reply }) =>
		sendJson(response, {
			output: `\`\`\`json\n${JSON.stringify({ reply }, null, 2)}\n\`\`\``,
		}),
	lead: ({ response, reply }) =>
		sendJson(response, {
			reply,
			lead: LEAD,
			quick_replies: ['Under 5k', '5k to 10k', 'More'],
		}),
	/** Characters that Postgres can't store, in every field. */
	unstorable: ({ response, reply }) =>
		sendJson(response, {
			reply: `${reply}\u0000`,
			lead: { name: 'Ada\u0000\ud800', 'a\u0000b': '\u0000' },
			quick_replies: ['Yes\u0000', '\u0000'],
			execution_id: '2\u000031\ud800',
		}),
	completed: ({ response }) =>
		sendJson(response, {
			reply: 'Thank you! Someone will be in touch.',
			lead: LEAD,
			completed: true,
			execution_id: '231',
		}),
	/** Ten thousand characters. */
	long: ({ response }) => sendJson(response, { output: 'All good. '.repeat(1000).trim() }),
	/** Every key that Frontdesk understands, an unusable value, and a key that it doesn't know. */
	'contract-2': ({ response }) =>
		sendJson(response, {
			reply: 'I will find out. What is your email?',
			lead: { name: 'Maya', email: 'N/A' },
			asked: 'email',
			unanswered: 'Do you rent cranes?',
			booking_url: 'https://cal.example/maya',
			version: 'autumn',
			mood: 'curious',
		}),
	/** ISO 8859-1, declared in the content type. */
	latin1: ({ response }) =>
		send(response, 200, 'text/plain; charset=iso-8859-1', Buffer.from('Café à la crème', 'latin1')),
	/** Answers after `delay` ms. */
	late: async ({ response, reply, options, pause }) => {
		await pause(Number(options.get('delay') ?? 1000));
		sendJson(response, { output: reply });
	},
} satisfies Record<string, AiHandler>;
