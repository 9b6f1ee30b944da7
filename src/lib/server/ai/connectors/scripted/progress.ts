import type { Message } from '#lib/contract/message.ts';
import { suggestEmail } from './contacts.ts';
import { allLanguages } from './languages/languages.ts';
import { collapseWhitespace } from './normalize.ts';
import { recognizeOtherQuestion } from './other-questions.ts';
import type { KnownValues, ScriptItem } from './script.ts';

/** The question in the AI's newest message: one of the site's, or one of the script's own. */
export type Asked = ScriptItem | 'contact' | 'confirm' | 'open' | undefined;

export const getScriptItem = (asked: Asked): ScriptItem | undefined =>
	typeof asked === 'object' ? asked : undefined;

/** The progress of a conversation. Derived from the AI's messages, because the script stores no state. */
export interface Progress {
	asked: Asked;
	/** The number of times that each question was asked, by key. */
	timesAskedByKey: ReadonlyMap<string, number>;
	isContactAsked: boolean;
	/** Whether the AI has asked the visitor to confirm the email address. */
	isConfirmationAsked: boolean;
	/** Whether the AI has sent its closing message. */
	isClosed: boolean;
	/** Whether the script has announced that no person is available. */
	isAbsenceAnnounced: boolean;
	/** Whether the visitor has received a message, even if only a fallback reply. */
	isGreeted: boolean;
	/** Whether the last reply was a fallback, because the site's own AI failed. */
	isAfterFailure: boolean;
	/** The number of messages that the AI has sent. */
	step: number;
}

interface Site {
	known: KnownValues;
	completionPhrase: string;
	/** The closing sentences in all languages. */
	closings: string[];
}

/** Derives the progress from a chat's messages, oldest first. */
export function readProgress(history: Message[], script: ScriptItem[], site: Site): Progress {
	const timesAskedByKey = new Map<string, number>();
	const progress = {
		...{
			isContactAsked: false,
			isConfirmationAsked: false,
			isClosed: false,
			isAbsenceAnnounced: false,
		},
		...{ isGreeted: false, isAfterFailure: false, step: 0 },
	};
	let asked: Asked;
	let hasVisitorWritten = false;
	for (const { sender, message, is_fallback } of history) {
		if (sender === 'visitor') hasVisitorWritten = true;
		if (sender === 'ai' || sender === 'agent') {
			progress.isGreeted = true;
			progress.isAfterFailure = is_fallback;
		}
		// After an agent's message, the visitor answers the agent rather than the script.
		if (sender === 'agent') asked = undefined;
		if (sender !== 'ai' || is_fallback) continue;
		const text = collapseWhitespace(message);
		progress.step++;
		// The question before a handoff message is still open.
		if (isHandoffMessage(text)) continue;
		const recognized = recognizeQuestion(text, script, site.known);
		asked = recognized ?? recognizeOtherQuestion(text, script);
		if (typeof recognized === 'object')
			timesAskedByKey.set(recognized.key, (timesAskedByKey.get(recognized.key) ?? 0) + 1);
		progress.isContactAsked ||= recognized === 'contact';
		progress.isConfirmationAsked ||= asksForConfirmation(text);
		progress.isAbsenceAnnounced ||= allLanguages.some(({ phrases }) =>
			text.includes(phrases.handoff.missed),
		);
		// A question after the closing message reopens the conversation.
		progress.isClosed =
			recognized === undefined &&
			(progress.isClosed || (hasVisitorWritten && isClosingMessage(text, site)));
	}
	return { ...progress, asked, timesAskedByKey };
}

const isHandoffMessage = (text: string) =>
	allLanguages.some(
		({ phrases: { handoff } }) => text.endsWith(handoff.called) || text.endsWith(handoff.away),
	);

/** Returns the question in a message, whether from the script or from another AI. */
export const findAskedQuestion = (
	message: string,
	script: ScriptItem[],
	known: KnownValues,
): Asked =>
	recognizeQuestion(collapseWhitespace(message), script, known) ??
	recognizeOtherQuestion(collapseWhitespace(message), script);

/** Returns the question that a message ends with, in any language; the longest of several matches. */
function recognizeQuestion(text: string, script: ScriptItem[], known: KnownValues): Asked {
	const endsWith = (prompt: string) => text.endsWith(prompt);
	if (allLanguages.some(({ phrases }) => endsWith(phrases.contact))) return 'contact';
	if (allLanguages.some(({ phrases }) => endsWith(phrases.open))) return 'open';
	const suggested = known.email && suggestEmail(known.email);
	if (suggested && allLanguages.some(({ phrases }) => endsWith(phrases.confirmEmail(suggested))))
		return 'confirm';
	const matchLength = ({ wordings }: ScriptItem) =>
		Math.max(...wordings.prompts.map((prompt) => (endsWith(prompt) ? prompt.length : 0)));
	const [best] = script
		.filter((item) => matchLength(item) > 0)
		.toSorted((a, b) => matchLength(b) - matchLength(a));
	return best;
}

/** Returns whether a message ends by asking whether another email address was meant. */
const asksForConfirmation = (text: string) =>
	allLanguages.some(({ phrases }) => {
		const [before = '', after = ''] = collapseWhitespace(phrases.confirmEmail('|')).split('|');
		const start = text.lastIndexOf(before) + before.length;
		const email = text.slice(start, text.length - after.length);
		return text === text.slice(0, start) + email + after && /^\S+@\S+$/.test(email);
	});

/** Returns whether a message closes the chat. One that mentions the completion phrase but asks a question doesn't. */
const isClosingMessage = (text: string, { closings, completionPhrase }: Site) =>
	closings.some((sentence) => text.endsWith(sentence)) ||
	(!/[?？؟]/.test(text) &&
		text.toLowerCase().includes(collapseWhitespace(completionPhrase).toLowerCase()));

/** Returns how often the current question has been asked. */
export const countTimesAsked = (asked: Asked, progress: Progress) =>
	progress.timesAskedByKey.get(getScriptItem(asked)?.key ?? '') ?? 0;
