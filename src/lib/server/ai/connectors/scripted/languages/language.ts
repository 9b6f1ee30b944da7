import type { WidgetLanguage } from '#lib/contract/greeting.ts';

type Variants = [string, ...string[]];
/** The wording for asking the first time, and for asking again. */
type Prompts = [first: string, again: string];

/** The scripted AI's phrases in one language. `to` is the name by which the visitor is addressed. */
interface Phrases {
	greeting: (to: string | undefined, place: string | undefined) => string;
	/** Follows the greeting in the chat, but not in the bubble beside the launcher. */
	offer: string;
	/** Said when the script takes over a chat after the site's own AI has failed. */
	takingOver: string;
	hello: { first: string; again: string };
	niceToMeet: (to: string) => string;
	corrected: (to: string) => string;
	thanks: { topic: string; choice: Variants; other: Variants };
	/** Acknowledges a "yes" to a question that needs more than that. */
	great: string;
	noProblem: Variants;
	leftOpen: Variants;
	hints: {
		name: string;
		email: string;
		emailIncomplete: string;
		phone: string;
		phoneIncomplete: string;
		number: string;
		choice: string;
		text: string;
	};
	/** Reasons for asking, as the second half of a sentence. */
	reasons: {
		contact: string;
		name: string;
		email: string;
		phone: string;
		choice: string;
		other: string;
	};
	because: (reason: string) => string;
	/** For a visitor who would rather not answer a required question. */
	onlyBecause: (reason: string) => string;
	/** The answer to "are you a bot?". */
	who: string;
	/** Refers a question to the team. */
	referral: Variants;
	prompts: {
		name: Prompts;
		email: Prompts;
		phone: Prompts;
		company: string;
		number: (label: string) => string;
		numberAgain: (first: string) => string;
		choice: (label: string) => string;
		choiceAgain: (options: string) => string;
		topicAgain: string;
		text: (label: string) => string;
		textAgain: (first: string) => string;
	};
	/** Asked last if the visitor has left no contact. */
	contact: string;
	oneLastThing: string;
	/** Asked if every question is answered before the chat starts. */
	open: string;
	/** Asks whether another email address was meant. */
	confirmEmail: (email: string) => string;
	toBeSure: string;
	emailKept: { changed: string; kept: string };
	closing: {
		thanks: (to: string | undefined) => string;
		summary: (request: string | undefined, contact: string | undefined) => string;
		/** Announces that the team will get back, with or without an adverbial of time. */
		followUp: (when: string | undefined) => string;
		/** Asks for a contact, and announces that the team will then get back. */
		followUpOnContact: (when: string | undefined) => string;
		/** Replaces the completion phrase of a site if it is in a different language. */
		soon: string;
	};
	afterClosing: {
		skipped: string;
		hello: string;
		remarks: Variants;
		contactRequest: string;
		farewells: (to: string | undefined) => Variants;
		changes: {
			name: (value: string) => string;
			email: (value: string) => string;
			phone: (value: string) => string;
		};
		noted: (changes: string) => string;
	};
	handoff: {
		called: string;
		/** Used outside business hours. */
		away: string;
		missed: string;
		/** Follows `missed` if a contact is known. */
		reachable: (contact: string) => string;
	};
	quickReplies: { skip: string; yes: string; no: string };
}

/**
 * Words that the scripted AI understands, as alternatives separated by `|`, in lower case. The words of all languages are
 * recognized in every chat. Patterns are regular expressions for whole words without punctuation.
 */
export interface Vocabulary {
	greetings: string;
	/** Words that may accompany a greeting. */
	greetingFillers: string;
	courtesies: string;
	partings: string;
	yes: string;
	no: string;
	/** Whole answers that decline. */
	skips: string;
	/** Polite words that may accompany `skips`. */
	skipFillers: string;
	/** Patterns of sentences that decline. */
	refusals: string;
	/** Patterns that start a question; ambiguous ones are left out. */
	questionOpenings: string;
	asksWho: string;
	/** Patterns that start a question about the reason for asking, such as "why". */
	asksWhy: string;
	/** Patterns that start a yes-or-no prompt. */
	yesNoOpenings: string;
	/** Patterns of requests for a person. */
	wantsPerson: string;
	/** Patterns that request a person only if they are the whole message. */
	onlyPerson: string;
	/** Unambiguous patterns before a name, including punctuation. */
	nameIntroductions: string;
	/** Ambiguous patterns before a name, such as "I'm". */
	weakIntroductions: string;
	/** Words that aren't part of a name. */
	notNames: string;
	honorifics: string;
	/** Words that only introduce a contact. */
	contactFillers: string;
	/** Patterns that announce a phone number. */
	phoneWords: string;
	/** Patterns that announce a correction. */
	corrections: string;
	/** Patterns from "first" to "sixth". */
	ordinals: [string, string, string, string, string, string];
	last: string;
	/** Words to ignore beside ordinals and in options, because they don't distinguish options. */
	articles: string;
	/** The number words from zero to twelve. */
	numbers: string;
	thousand: string;
	million: string;
	/** Patterns that recognize another AI's questions, by what they ask for. */
	asksFor: { name: string; email: string; phone: string };
	/** Frequent words that distinguish the language from the others. */
	frequent: string;
}

export interface ScriptLanguage {
	code: WidgetLanguage;
	/** The locale for formatting lists and for capitalization. */
	locale: string;
	/** Whether visitors are addressed by first name; in German, that doesn't fit the formal "Sie". */
	usesFirstNames: boolean;
	phrases: Phrases;
	/** Translations of the texts in site-defaults.ts, by the English text. */
	siteDefaults: Record<string, string>;
	/** Matches the start of a completion phrase that continues a sentence, as in "within 24 hours". */
	adverbial: RegExp;
	vocabulary: Vocabulary;
}
