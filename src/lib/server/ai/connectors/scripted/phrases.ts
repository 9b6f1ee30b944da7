import type { ScriptLanguage } from './languages/language.ts';
import { languages, translateDefault } from './languages/languages.ts';
import { firstName } from './names.ts';
import { shorten, squash } from './normalize.ts';
import { itemOf, type Asked } from './progress.ts';
import { answerTo, type Known, type ScriptItem } from './script.ts';

/** Returns a variant by the conversation's step, so that no phrase is repeated twice in a row. */
export const pick = (options: [string, ...string[]], step: number) =>
	options[step % options.length] ?? options[0];

/** Returns how to address a visitor. */
export const addressee = (name: string, { usesFirstNames }: ScriptLanguage) =>
	usesFirstNames ? firstName(name) : shorten(squash(name), 80);

export function greeting(
	siteName: string,
	name: string | undefined,
	language: ScriptLanguage,
): string {
	const place = /^\s*(?:default)?\s*$/i.test(siteName) ? undefined : squash(siteName);
	return language.phrases.greeting(name && addressee(name, language), place);
}

export function thanks(
	kind: ScriptItem['kind'] | undefined,
	step: number,
	{ phrases }: ScriptLanguage,
): string {
	if (kind === 'topic') return phrases.thanks.topic;
	return pick(phrases.thanks[kind === 'choice' ? 'choice' : 'other'], step);
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
			return phrases.because(reason(asked, phrases));
		case 'other':
			return pick(phrases.referral, step);
	}
}

/** Returns why a question is asked, as the second half of a sentence. */
export function reason(asked: Asked, { reasons }: ScriptLanguage['phrases']): string {
	if (asked === 'contact') return reasons.contact;
	const kind = itemOf(asked)?.kind;
	if (kind === 'name' || kind === 'email' || kind === 'phone' || kind === 'choice') {
		return reasons[kind];
	}
	return reasons.other;
}

/** Returns what was wrong with an answer; the question follows again. */
export function hint(
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

interface Ending {
	known: Known;
	script: ScriptItem[];
	contact: string | undefined;
	completionPhrase: string;
}

/** Returns the closing message: thanks, a summary, and the site's completion phrase. */
export function closing(
	{ known, script, contact, completionPhrase }: Ending,
	language: ScriptLanguage,
): string {
	const { closing: words } = language.phrases;
	const topic = script.find(({ kind }) => kind === 'topic');
	const about = topic && answerTo(topic, known);
	const summary =
		Object.keys(known).length === 0 ? '' : `${words.summary(about && excerpt(about), contact)} `;
	return `${words.thanks(known.name && addressee(known.name, language))} ${summary}${followUp(completionPhrase, contact !== undefined, language)}`;
}

/**
 * Returns when the team will get back; without a contact, only once the visitor leaves one. A phrase of the site that is in
 * another language is left out.
 */
function followUp(
	completionPhrase: string,
	isReachable: boolean,
	language: ScriptLanguage,
): string {
	const { closing: words } = language.phrases;
	const announce = isReachable ? words.followUp : words.followUpOnContact;
	const phrase = translateDefault(squash(completionPhrase), language);
	if (language.adverbial.test(phrase)) return announce(phrase.replace(/\.$/, ''));
	if (languages.some(({ adverbial }) => adverbial.test(phrase))) return announce(words.soon);
	const sentence = `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}`;
	return `${announce(undefined)} ${sentence}${/[.!?…؟]$/.test(sentence) ? '' : '.'}`;
}

/** Returns the closing sentences in all languages, by which a closing message is recognized. */
export const closingSentences = (completionPhrase: string): string[] =>
	languages.flatMap((language) =>
		[true, false].map((isReachable) => squash(followUp(completionPhrase, isReachable, language))),
	);

/** Returns the first words of a text, without Markdown syntax. */
function excerpt(text: string): string {
	const line = squash(text.replace(/[*_`~<>[\]#|\\]/g, ' ')).replace(/[.,;:!]+$/, '');
	return line.length <= 90 ? line : `${shorten(line, 90).replace(/\s+\S*$/, '')}…`;
}
