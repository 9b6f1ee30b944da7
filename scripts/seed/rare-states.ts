import { detectContacts } from '#lib/server/leads/detect.ts';
import { MINUTE, SECOND } from './calendar.ts';
import type { Chat } from './chat.ts';

/** Chats that were active since then are in progress. */
const RECENT_MS = 25 * MINUTE;
const CLAIMS: Record<string, string> = {
	en: 'Thank you! Somebody will be in touch within 24 hours.',
	de: 'Vielen Dank! Wir melden uns innerhalb von 24 Stunden.',
	es: '¡Gracias! Le respondemos en menos de 24 horas.',
	fr: 'Merci ! Nous vous répondons sous 24 heures.',
};

/** Gives a few of the latest chats a state that takes a failing workflow or somebody's decision. */
export class RareStates {
	readonly #now: Date;
	readonly #left = { rescued: 2, claimed: 2, undone: 1 };

	constructor(now: Date) {
		this.#now = now;
	}

	/** Changes the chat to the first state that suits it and is still wanted. */
	apply(chat: Chat): void {
		const last = chat.messages.at(-1);
		const isRecent = last && this.#now.getTime() - last.at.getTime() < RECENT_MS;
		if (!isRecent || chat.taken_over) return;
		if (this.#left.undone > 0 && this.#undo(chat)) this.#left.undone -= 1;
		else if (this.#left.claimed > 0 && claim(chat)) this.#left.claimed -= 1;
		else if (this.#left.rescued > 0 && rescue(chat)) this.#left.rescued -= 1;
	}

	/** An agent undoes the completion of a delivered lead. */
	#undo(chat: Chat): boolean {
		const { completed, agent: by } = chat;
		const at = new Date((completed?.at.getTime() ?? 0) + 45 * SECOND);
		if (!completed || at > this.#now || !hasContact(chat)) return false;
		chat.undone = { at, by, reason: 'The visitor only asked for a price' };
		return true;
	}
}

/** The AI ends the chat although nobody could reach the visitor. */
function claim(chat: Chat): boolean {
	const last = chat.messages.at(-1);
	const isAnswer = last?.by === 'ai' && last.turn?.answers && !last.is_fallback;
	const isRequired = chat.site.model.completion_needs === 'contact';
	if (chat.completed || !isRequired || !isAnswer || hasContact(chat)) return false;
	last.text = CLAIMS[chat.person.language] ?? last.text;
	last.quick_replies = [];
	if (last.turn) last.turn.asked = null;
	chat.claimed_at = last.at;
	return true;
}

/** The built-in AI takes over from a workflow that is down. */
function rescue(chat: Chat): boolean {
	const turns = chat.turns.filter(({ answers }) => answers);
	const [first] = turns;
	if (chat.completed || chat.site.model.connector !== 'n8n' || !first) return false;
	for (const turn of turns) {
		if (turn.outcome === 'ok') Object.assign(turn, { http_status: null, execution_id: null });
	}
	chat.rescued_at = first.finished_at;
	return true;
}

const hasContact = ({ messages }: Chat): boolean =>
	messages.some(({ by, text, facts }) => {
		const isFact = facts.some(([key]) => key === 'email' || key === 'phone');
		return by === 'visitor' && (isFact || Object.keys(detectContacts(text)).length > 0);
	});
