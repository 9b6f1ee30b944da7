import { detectContacts } from '#lib/server/leads/detect.ts';
import { SECOND } from './calendar.ts';
import type { Chat } from './chat.ts';

const CLOSING_REPLIES: Record<string, string> = {
	en: 'Thank you! Somebody will be in touch within 24 hours.',
	de: 'Vielen Dank! Wir melden uns innerhalb von 24 Stunden.',
	es: '¡Gracias! Le respondemos en menos de 24 horas.',
	fr: 'Merci ! Nous vous répondons sous 24 heures.',
};

/** States that result from a failing workflow or an agent's decision, with the keys of the sites that have such chats. */
export const RARE_STATES: { sites: string[]; apply: (chat: Chat, now: Date) => boolean }[] = [
	{ sites: ['hartmann-roofing'], apply: undoCompletion },
	{ sites: ['hartmann-roofing', 'lakeside-dental'], apply: claimCompletion },
	{ sites: ['hartmann-roofing', 'northbeam-saas'], apply: rescueChat },
	{ sites: ['hartmann-roofing', 'lakeside-dental'], apply: claimCompletion },
	{ sites: ['northbeam-saas'], apply: rescueChat },
];

/** Lets an agent undo the completion of a delivered lead. Returns false if the chat doesn't qualify. */
function undoCompletion(chat: Chat, now: Date): boolean {
	const { completion, agent: by } = chat;
	const at = new Date((completion?.at.getTime() ?? 0) + 45 * SECOND);
	if (!completion || completion.by || at > now || !hasContact(chat)) return false;
	chat.withdrawal = { at, by, reason: 'The visitor only asked for a price' };
	return true;
}

/** Lets the AI end the chat although the visitor left no contact details. Returns false if the chat doesn't qualify. */
function claimCompletion(chat: Chat): boolean {
	const lastMessage = chat.messages.at(-1);
	const isLastFromAi =
		lastMessage?.by === 'ai' && lastMessage.turn?.answers && !lastMessage.is_fallback;
	const isContactRequired = chat.site.template.completion_needs === 'contact';
	if (chat.completion || chat.takeover || !isContactRequired || !isLastFromAi || hasContact(chat))
		return false;
	lastMessage.text = CLOSING_REPLIES[chat.person.language] ?? lastMessage.text;
	lastMessage.quick_replies = [];
	if (lastMessage.turn) lastMessage.turn.asked = null;
	chat.claimed_at = lastMessage.at;
	return true;
}

/** Lets the built-in AI take over from a workflow that is down. Returns false if the chat doesn't qualify. */
function rescueChat(chat: Chat): boolean {
	const turns = chat.turns.filter(({ answers }) => answers);
	const [first] = turns;
	if (chat.completion || chat.takeover || !first) return false;
	for (const turn of turns) {
		if (turn.outcome === 'ok') Object.assign(turn, { http_status: null, execution_id: null });
	}
	chat.rescued_at = first.finished_at;
	return true;
}

const hasContact = ({ messages }: Chat): boolean =>
	messages.some(({ by, text, facts }) => {
		const hasContactFact = facts.some(([key]) => key === 'email' || key === 'phone');
		return by === 'visitor' && (hasContactFact || Object.keys(detectContacts(text)).length > 0);
	});
