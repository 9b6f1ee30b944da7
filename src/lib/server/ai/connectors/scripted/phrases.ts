import { capitalize } from '#lib/contract/constants.ts';
import type { ScriptLanguage } from './languages/language.ts';
import { allLanguages, translateDefault } from './languages/languages.ts';
import { toFirstName } from './names.ts';
import { shorten, collapseWhitespace } from './normalize.ts';
import { getScriptItem, type Asked } from './progress.ts';
import { getAnswer, type KnownValues, type ScriptItem } from './script.ts';

/** Returns a variant chosen by the conversation's step, so that none is used twice in a row. */
export const pickVariant = (options: [string, ...string[]], step: number) =>
	options[step % options.length] ?? options[0];

/** Returns how to address a visitor. */
export const toAddressee = (name: string, { usesFirstNames }: ScriptLanguage) =>
	usesFirstNames ? toFirstName(name) : shorten(collapseWhitespace(name), 80);

export function composeGreeting(
	siteName: string,
	name: string | undefined,
	language: ScriptLanguage,
): string {
	const { greeting, offer } = language.phrases;
	return `${greeting(name && toAddressee(name, language), toPlace(siteName))} ${offer}`;
}

/** The length up to which the bubble beside the launcher shows a text in full (widget/loader/later/bubble.ts). */
const MAX_BUBBLE_LENGTH = 110;

/** Returns the greeting with a question for the bubble beside the launcher; without the site's name if that is too long. */
export function composeInvitation(
	siteName: string,
	question: string,
	{ phrases }: ScriptLanguage,
): string {
	const text = `${phrases.greeting(undefined, toPlace(siteName))} ${question}`;
	if (text.length <= MAX_BUBBLE_LENGTH) return text;
	return `${phrases.greeting(undefined, undefined)} ${question}`;
}

const toPlace = (siteName: string) =>
	/^\s*(?:default)?\s*$/i.test(siteName) ? undefined : collapseWhitespace(siteName);

export function composeThanks(
	kind: ScriptItem['kind'] | undefined,
	step: number,
	{ phrases }: ScriptLanguage,
): string {
	if (kind === 'topic') return phrases.thanks.topic;
	return pickVariant(phrases.thanks[kind === 'choice' ? 'choice' : 'other'], step);
}

/** Returns the reply to a visitor's question: about the assistant, about a prompt, or a referral to the team. */
export function answerQuestion(
	about: 'who' | 'why' | 'other',
	asked: Asked,
	step: number,
	{ phrases }: ScriptLanguage,
): string {
	switch (about) {
		case 'who':
			return phrases.who;
		case 'why':
			return phrases.because(getReason(asked, phrases));
		case 'other':
			return pickVariant(phrases.referral, step);
	}
}

/** Returns why a question is asked, as the second half of a sentence. */
export function getReason(asked: Asked, { reasons }: ScriptLanguage['phrases']): string {
	if (asked === 'contact') return reasons.contact;
	const kind = getScriptItem(asked)?.kind;
	if (kind === 'name' || kind === 'email' || kind === 'phone' || kind === 'choice') {
		return reasons[kind];
	}
	return reasons.other;
}

/** Returns a hint about what was wrong with an answer; the question is then repeated. */
export function getHint(
	{ kind }: ScriptItem,
	isAttempt: boolean,
	{ phrases: { hints } }: ScriptLanguage,
): string {
	switch (kind) {
		case 'email':
			return isAttempt ? hints.emailIncomplete : hints.email;
		case 'phone':
			return isAttempt ? hints.phoneIncomplete : hints.phone;
		case 'name':
		case 'number':
		case 'choice':
			return hints[kind];
		case 'topic':
		case 'text':
			return hints.text;
	}
}

interface Closing {
	known: KnownValues;
	script: ScriptItem[];
	contact: string | undefined;
	completionPhrase: string;
}

/** Returns the closing message: thanks, a summary, and the site's completion phrase. */
export function composeClosing(
	{ known, script, contact, completionPhrase }: Closing,
	language: ScriptLanguage,
): string {
	const { closing: words } = language.phrases;
	const topic = script.find(({ kind }) => kind === 'topic');
	const about = topic && getAnswer(topic, known);
	const summary =
		Object.keys(known).length === 0 ? '' : `${words.summary(about && toExcerpt(about), contact)} `;
	return `${words.thanks(known.name && toAddressee(known.name, language))} ${summary}${composeFollowUp(completionPhrase, contact !== undefined, language)}`;
}

/**
 * Returns the sentence that announces when the team will get back, and asks for a contact if none is known. Replaces a
 * completion phrase in a different language.
 */
function composeFollowUp(
	completionPhrase: string,
	isReachable: boolean,
	language: ScriptLanguage,
): string {
	const { closing: words } = language.phrases;
	const announce = isReachable ? words.followUp : words.followUpOnContact;
	const phrase = translateDefault(collapseWhitespace(completionPhrase), language);
	if (language.adverbial.test(phrase)) return announce(phrase.replace(/\.$/, ''));
	if (allLanguages.some(({ adverbial }) => adverbial.test(phrase))) return announce(words.soon);
	const sentence = capitalize(phrase);
	return `${announce(undefined)} ${sentence}${/[.!?…؟]$/.test(sentence) ? '' : '.'}`;
}

/** Returns the closing sentences in all languages, which are used to recognize a closing message. */
export const listClosingSentences = (completionPhrase: string): string[] =>
	allLanguages.flatMap((language) =>
		[true, false].map((isReachable) =>
			collapseWhitespace(composeFollowUp(completionPhrase, isReachable, language)),
		),
	);

const MAX_EXCERPT_LENGTH = 90;

/** Returns the first words of a text, without Markdown syntax. */
function toExcerpt(text: string): string {
	const line = collapseWhitespace(text.replace(/[*_`~<>[\]#|\\]/g, ' ')).replace(/[.,;:!]+$/, '');
	return line.length <= MAX_EXCERPT_LENGTH
		? line
		: `${shorten(line, MAX_EXCERPT_LENGTH).replace(/\s+\S*$/, '')}…`;
}
