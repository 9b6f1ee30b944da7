import { leadInput } from '#lib/contract/lead.ts';
import type { Message } from '#lib/contract/message.ts';
import type { Question } from '#lib/contract/site.ts';
import type { Conversation, Outcome } from '#lib/server/ai/connectors/connector.ts';
import { scriptedConnector } from '#lib/server/ai/connectors/scripted/index.ts';
import { detectContacts } from '#lib/server/leads/detect.ts';
import { normalizeFields } from '#lib/server/leads/normalize.ts';
import { createConversation } from '../factories/conversation.ts';
import { DEFAULT_QUESTIONS } from '#lib/server/sites/site-defaults.ts';

const session_id = 'session_in_memory';

/** Creates a question of a site, by default a required text. */
export const createQuestion = (fields: Partial<Question> & Pick<Question, 'key'>): Question => ({
	label: fields.key,
	type: 'text',
	is_required: true,
	options: [],
	...fields,
});

/** A conversation with the scripted AI, in memory. Messages and the lead are updated as in production. */
export class ScriptedChat {
	readonly site: {
		key: string;
		name: string;
		completion_phrase: string;
		questions: Question[];
		completion_needs: 'nothing';
	};
	/** Further input of each turn. */
	readonly input: Partial<Conversation>;
	readonly history: Message[] = [];
	readonly lead: Record<string, string> = {};
	last: Outcome = { text: '' };
	completions = 0;

	constructor(site: Partial<ScriptedChat['site']> = {}, input: Partial<Conversation> = {}) {
		this.input = input;
		this.site = {
			key: 'default',
			name: 'Default',
			completion_phrase: 'within 24 hours',
			questions: DEFAULT_QUESTIONS,
			completion_needs: 'nothing',
			...site,
		};
	}

	/** Starts a chat and sends the visitor's lines. Returns the chat after the last answer. */
	static async play(
		lines: string[],
		site: Partial<ScriptedChat['site']> = {},
		input: Partial<Conversation> = {},
	) {
		const chat = new ScriptedChat(site, input);
		await chat.start();
		for (const line of lines) await chat.say(line);
		return chat;
	}

	start = () => this.#runTurn('start', '');

	async say(...lines: string[]): Promise<Outcome> {
		for (const line of lines) {
			this.write('visitor', line);
			Object.assign(this.lead, detectContacts(line));
		}
		return this.#runTurn('message', lines.join('\n'));
	}

	write(sender: Message['sender'], message: string, quick_replies: string[] = []): void {
		this.history.push({
			id: this.history.length + 1,
			session_id,
			sender,
			message,
			timestamp: '2026-01-02T03:04:05.678Z',
			author: sender === 'agent' ? 'Ada' : null,
			client_message_id: null,
			external_id: null,
			is_fallback: false,
			quick_replies,
		});
	}

	async #runTurn(action: 'start' | 'message', message: string): Promise<Outcome> {
		const answer = scriptedConnector(
			createConversation({
				session_id,
				action,
				message,
				message_id: action === 'start' ? null : this.history.length,
				site: this.site,
				lead: { ...this.lead },
				loadTranscript: () => Promise.resolve([...this.history]),
				...this.input,
			}),
			{ retries: 0 },
		);
		let streamed = '';
		let next = await answer.next();
		for (; !next.done; next = await answer.next()) streamed += next.value;
		if (streamed !== next.value.text) throw new Error('the streamed text differs from the reply');
		this.last = next.value;
		this.#store(next.value);
		return next.value;
	}

	#store({ text, quick_replies, lead, completed }: Outcome): void {
		this.write('ai', text.trim(), quick_replies);
		for (const [key, value] of normalizeFields(leadInput.parse(lead ?? {}), 'ai').accepted) {
			if (value !== null) this.lead[key] = value;
		}
		if (completed) this.completions++;
	}
}
