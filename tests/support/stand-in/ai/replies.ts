import { send, sendJson } from '../exchange.ts';
import type { AiHandler } from './ai-stand-in.ts';

const LEAD = { name: 'Ada Lovelace', email: 'ada@example.com', budget: 5000 };

/** Answers in one piece, as n8n's response modes give them. */
export const REPLIES = {
	echo: ({ response, chat }) =>
		sendJson(response, {
			output: chat.message === '' ? 'Hello! How can I help you?' : `You said: ${chat.message}`,
		}),
	/** Respond to Webhook, JSON. */
	object: ({ response, chat, say }) =>
		sendJson(response, { reply: say, output: say, session_id: chat.session_id, stage: 'budget' }),
	/** Last node, first entry: an AI Agent. */
	'last-node': ({ response, say }) => sendJson(response, { output: say }),
	/** Last node, first entry: a chain. */
	'last-node-chain': ({ response, say }) => sendJson(response, { text: say }),
	array: ({ response, say }) => sendJson(response, [{ output: say }]),
	'all-entries': ({ response, chat, say }) =>
		sendJson(response, [
			{ output: 'First things first.' },
			{ output: say, session_id: chat.session_id },
		]),
	/** Respond to Webhook, Text: n8n calls it HTML. */
	text: ({ response, say }) => send(response, 200, 'text/html; charset=utf-8', say),
	/** Last node with a response property name: a bare JSON string. */
	string: ({ response, say }) => sendJson(response, say),
	/** "Put response in field". */
	nested: ({ response, say }) => sendJson(response, { data: [{ body: { output: say } }] }),
	'json-in-string': ({ response, say }) =>
		sendJson(response, { output: JSON.stringify({ reply: say, lead: LEAD }) }),
	fenced: ({ response, say }) =>
		sendJson(response, {
			output: `\`\`\`json\n${JSON.stringify({ reply: say }, null, 2)}\n\`\`\``,
		}),
	lead: ({ response, say }) =>
		sendJson(response, {
			reply: say,
			lead: LEAD,
			quick_replies: ['Under 5k', '5k to 10k', 'More'],
		}),
	/** Characters everywhere that Postgres cannot store. */
	unstorable: ({ response, say }) =>
		sendJson(response, {
			reply: `${say}\u0000`,
			lead: { name: 'Ada\u0000\ud800', 'a\u0000b': '\u0000' },
			quick_replies: ['Yes\u0000', '\u0000'],
			execution_id: '2\u000031\ud800',
		}),
	completed: ({ response }) =>
		sendJson(response, {
			reply: 'Thank you! Somebody will be in touch.',
			lead: LEAD,
			completed: true,
			execution_id: '231',
		}),
	/** Ten thousand characters. */
	long: ({ response }) => sendJson(response, { output: 'All good. '.repeat(1000).trim() }),
	/** ISO 8859-1, and says so. */
	latin1: ({ response }) =>
		send(response, 200, 'text/plain; charset=iso-8859-1', Buffer.from('Café à la crème', 'latin1')),
	/** The answer comes after `delay` milliseconds. */
	late: async ({ response, say, options, pause }) => {
		await pause(Number(options.get('delay') ?? 1000));
		sendJson(response, { output: say });
	},
} satisfies Record<string, AiHandler>;
