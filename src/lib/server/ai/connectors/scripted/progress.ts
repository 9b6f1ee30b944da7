import type { Message } from '#lib/contract/message.ts';
import { suggestEmail } from './contacts.ts';
import { squash } from './normalize.ts';
import type { ScriptItem, Known } from './script.ts';

/** Asked last if the visitor has left no contact. */
export const CONTACT_PROMPT =
	'How can the team reach you? An email address or a phone number is enough.';
/** Asked when every question is answered before the chat starts. */
export const OPEN_PROMPT = 'What can the team do for you?';
export const confirmPrompt = (email: string) => `Did you mean ${email}?`;

/** What the AI's newest message asked: a question of the site, or one of the script's own. */
export type Asked = ScriptItem | 'contact' | 'confirm' | 'open' | undefined;

export const itemOf = (asked: Asked): ScriptItem | undefined =>
	typeof asked === 'object' ? asked : undefined;

/** How far a conversation has come. Derived from the AI's messages, because the script stores no state. */
export interface Progress {
	asked: Asked;
	/** How often each question was asked, by key. */
	timesAskedByKey: ReadonlyMap<string, number>;
	isContactAsked: boolean;
	isEmailConfirmed: boolean;
	/** The AI has said its closing words. */
	isClosed: boolean;
	/** How many messages the AI has written. */
	step: number;
}

/** Derives the progress from a chat's messages, oldest first. */
export function readProgress(
	history: Message[],
	script: ScriptItem[],
	site: { known: Known; completionPhrase: string },
): Progress {
	const timesAskedByKey = new Map<string, number>();
	const progress = { isContactAsked: false, isEmailConfirmed: false, isClosed: false, step: 0 };
	let asked: Asked;
	let hasVisitorSpoken = false;
	for (const { sender, message, is_fallback } of history) {
		if (sender === 'visitor') hasVisitorSpoken = true;
		// After an agent's message, the visitor answers the agent rather than the script.
		if (sender === 'agent') asked = undefined;
		if (sender !== 'ai' || is_fallback) continue;
		const text = squash(message);
		asked = recognizeQuestion(text, script, site.known);
		progress.step++;
		if (typeof asked === 'object')
			timesAskedByKey.set(asked.key, (timesAskedByKey.get(asked.key) ?? 0) + 1);
		progress.isContactAsked ||= asked === 'contact';
		progress.isEmailConfirmed ||= /Did you mean \S+@\S+\?$/.test(text);
		progress.isClosed ||=
			asked === undefined && hasVisitorSpoken && closes(text, site.completionPhrase);
	}
	return { ...progress, asked, timesAskedByKey };
}

/** Returns the question that a message ends with; of several matches the longest. */
function recognizeQuestion(text: string, script: ScriptItem[], known: Known): Asked {
	if (text.endsWith(CONTACT_PROMPT)) return 'contact';
	if (text.endsWith(OPEN_PROMPT)) return 'open';
	const suggested = known.email && suggestEmail(known.email);
	if (suggested && text.endsWith(confirmPrompt(suggested))) return 'confirm';
	const matchLength = ({ first, again }: ScriptItem) =>
		Math.max(
			...[first, again].map((prompt) => (text.endsWith(squash(prompt)) ? prompt.length : 0)),
		);
	const [best] = script
		.filter((item) => matchLength(item) > 0)
		.toSorted((a, b) => matchLength(b) - matchLength(a));
	return best;
}

const closes = (text: string, phrase: string) =>
	text.toLowerCase().includes(squash(phrase).toLowerCase());

/** Returns how often the current question has been asked. */
export const timesAsked = (asked: Asked, progress: Progress) =>
	progress.timesAskedByKey.get(itemOf(asked)?.key ?? '') ?? 0;
