import type { Message } from '#lib/contract/message.ts';
import { suggestEmail } from './contacts.ts';
import { languages } from './languages/languages.ts';
import { squash } from './normalize.ts';
import { otherQuestion } from './other-questions.ts';
import type { Known, ScriptItem } from './script.ts';

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
	/** The script has told the visitor that no person is free. */
	isAbsenceTold: boolean;
	/** Someone has written to the visitor, be it only a fallback text. */
	isGreeted: boolean;
	/** The last reply was a fallback text: the site's own AI had failed. */
	isAfterFailure: boolean;
	/** How many messages the AI has written. */
	step: number;
}

interface Site {
	known: Known;
	completionPhrase: string;
	/** The closing sentences in all languages. */
	closings: string[];
}

/** Derives the progress from a chat's messages, oldest first. */
export function readProgress(history: Message[], script: ScriptItem[], site: Site): Progress {
	const timesAskedByKey = new Map<string, number>();
	const progress = {
		...{ isContactAsked: false, isEmailConfirmed: false, isClosed: false, isAbsenceTold: false },
		...{ isGreeted: false, isAfterFailure: false, step: 0 },
	};
	let asked: Asked;
	let hasVisitorSpoken = false;
	for (const { sender, message, is_fallback } of history) {
		if (sender === 'visitor') hasVisitorSpoken = true;
		if (sender === 'ai' || sender === 'agent') {
			progress.isGreeted = true;
			progress.isAfterFailure = is_fallback;
		}
		// After an agent's message, the visitor answers the agent rather than the script.
		if (sender === 'agent') asked = undefined;
		if (sender !== 'ai' || is_fallback) continue;
		const text = squash(message);
		progress.step++;
		// The question before it is still open.
		if (callsPerson(text)) continue;
		const recognized = recognizeQuestion(text, script, site.known);
		asked = recognized ?? otherQuestion(text, script);
		if (typeof recognized === 'object')
			timesAskedByKey.set(recognized.key, (timesAskedByKey.get(recognized.key) ?? 0) + 1);
		progress.isContactAsked ||= recognized === 'contact';
		progress.isEmailConfirmed ||= confirmsEmail(text);
		progress.isAbsenceTold ||= languages.some(({ phrases }) =>
			text.includes(phrases.handoff.missed),
		);
		// A question after the closing words reopens the conversation.
		progress.isClosed =
			recognized === undefined && (progress.isClosed || (hasVisitorSpoken && closes(text, site)));
	}
	return { ...progress, asked, timesAskedByKey };
}

const callsPerson = (text: string) =>
	languages.some(
		({ phrases: { handoff } }) => text.endsWith(handoff.called) || text.endsWith(handoff.away),
	);

/** Returns what a message from an AI asks, be it the script or another one. */
export const askedBy = (message: string, script: ScriptItem[], known: Known): Asked =>
	recognizeQuestion(squash(message), script, known) ?? otherQuestion(squash(message), script);

/** Returns the question that a message ends with, in any language; of several matches the longest. */
function recognizeQuestion(text: string, script: ScriptItem[], known: Known): Asked {
	const endsWith = (prompt: string) => text.endsWith(prompt);
	if (languages.some(({ phrases }) => endsWith(phrases.contact))) return 'contact';
	if (languages.some(({ phrases }) => endsWith(phrases.open))) return 'open';
	const suggested = known.email && suggestEmail(known.email);
	if (suggested && languages.some(({ phrases }) => endsWith(phrases.confirmEmail(suggested))))
		return 'confirm';
	const matchLength = ({ wordings }: ScriptItem) =>
		Math.max(...wordings.prompts.map((prompt) => (endsWith(prompt) ? prompt.length : 0)));
	const [best] = script
		.filter((item) => matchLength(item) > 0)
		.toSorted((a, b) => matchLength(b) - matchLength(a));
	return best;
}

/** Returns whether a message ends by asking whether another email address was meant. */
const confirmsEmail = (text: string) =>
	languages.some(({ phrases }) => {
		const [before = '', after = ''] = squash(phrases.confirmEmail('|')).split('|');
		const start = text.lastIndexOf(before) + before.length;
		const email = text.slice(start, text.length - after.length);
		return text === text.slice(0, start) + email + after && /^\S+@\S+$/.test(email);
	});

/** Another AI's message may mention the phrase while it asks for something. */
const closes = (text: string, { closings, completionPhrase }: Site) =>
	closings.some((sentence) => text.endsWith(sentence)) ||
	(!/[?？؟]/.test(text) && text.toLowerCase().includes(squash(completionPhrase).toLowerCase()));

/** Returns how often the current question has been asked. */
export const timesAsked = (asked: Asked, progress: Progress) =>
	progress.timesAskedByKey.get(itemOf(asked)?.key ?? '') ?? 0;
