import { normalize } from './normalize.ts';
import { createMatcher, createPhraseSet } from './vocabulary.ts';

// The extra words are from languages that the script doesn't support.
const GREETINGS = createPhraseSet(
	'greetings',
	'ciao|你好|您好|こんにちは|नमस्ते|привет|здравствуйте',
);
const GREETING_FILLERS = createPhraseSet('greetingFillers');
const COURTESIES = createPhraseSet('courtesies');
const PARTINGS = createPhraseSet('partings', 'ciao');
const YES = createPhraseSet('yes', 'da|sì');
const NO = createPhraseSet('no', 'нет');
const SKIPS = createPhraseSet('skips');
const SKIP_FILLERS = [...createPhraseSet('skipFillers')].toSorted((a, b) => b.length - a.length);

const declines = createMatcher('refusals', 'anywhere');
const opensQuestion = createMatcher('questionOpenings', 'start');
const asksWho = createMatcher('asksWho', 'anywhere');
const asksWhy = createMatcher('asksWhy', 'start');
const opensYesNo = createMatcher('yesNoOpenings', 'start');
const wantsPerson = createMatcher('wantsPerson', 'anywhere');
const isOnlyPerson = createMatcher('onlyPerson', 'whole');

/** Matches filler words before a question: "ok, so how much is it". */
const BEFORE_QUESTION =
	/^(?:(?:and|but|so|also|ok|okay|sorry|well|hi|hello|hey|und|aber|y|pero|et|mais|e|mas) )+/;

/** Matches negations, which turn "I want to talk to a person" into the opposite. */
const NEGATION =
	/(?:^| )(?:don't|dont|do not|no need|nicht|kein|keinen|keine|no (?:quiero|necesito|hace)|nao (?:quero|preciso)|(?:veux|souhaite|besoin) pas|pas besoin|لا (?:اريد|احتاج|اود))(?= |$)/;

const toWords = (text: string) => (text === '' ? [] : text.split(' '));

/** Returns whether a text is only a greeting: "hi", "Good morning", "hello there". */
export function isGreeting(text: string): boolean {
	const normalized = normalize(text);
	const tokens = toWords(normalized);
	return (
		tokens.length <= 5 &&
		(GREETINGS.has(normalized) ||
			(tokens.some((word) => GREETINGS.has(word)) &&
				tokens.every((word) => GREETINGS.has(word) || GREETING_FILLERS.has(word))))
	);
}

/** Returns whether a text is only polite words: "ok", "yes please", "sure, here it is". */
export function isCourtesy(text: string): boolean {
	const tokens = toWords(normalize(text));
	return tokens.length <= 6 && tokens.every((word) => COURTESIES.has(word));
}

/** Returns whether a text is a goodbye or thanks: "perfect, bye". */
export function isParting(text: string): boolean {
	const tokens = toWords(normalize(text));
	return tokens.length <= 8 && tokens.some((word) => PARTINGS.has(word));
}

export const isYes = (text: string) =>
	YES.has(getFirstWord(text)) || /^that's (?:right|it)/.test(normalize(text));

/** Returns whether a text is only "no" or "not yet". */
export const isOnlyNo = (text: string) => NO.has(normalize(text)) || normalize(text) === 'not yet';

const getFirstWord = (text: string) => toWords(normalize(text))[0] ?? '';

/** Returns whether a text only declines to answer: "skip", "no thanks", "later", a single dash. */
export function isSkip(text: string): boolean {
	const normalized = normalize(text);
	return (
		SKIPS.has(normalized) ||
		SKIPS.has(removePoliteWords(normalized)) ||
		/^\s*[-–—./]+\s*$/.test(text)
	);
}

const removePoliteWords = (normalized: string) =>
	SKIP_FILLERS.reduce((rest, word) => rest.replaceAll(` ${word} `, ' '), ` ${normalized} `).trim();

/** Returns whether a sentence declines to answer: "I'd rather not give my number". */
export function isRefusal(text: string): boolean {
	const normalized = normalize(text);
	return toWords(normalized).length <= 16 && declines(normalized);
}

/** Returns whether a sentence is a question, judged by its question mark or its first words. */
export const isQuestion = (text: string) =>
	/[?？؟](?![\p{L}\p{N}=&/])/u.test(text) ||
	opensQuestion(normalize(text).replace(BEFORE_QUESTION, ''));

/** Classifies a question: about the assistant (`who`), about the reason for asking (`why`), or anything else. */
export function classifyQuestion(text: string): 'who' | 'why' | 'other' {
	const normalized = normalize(text);
	if (asksWho(normalized)) return 'who';
	return asksWhy(normalized) ? 'why' : 'other';
}

/** Returns whether one of a text's sentences asks for a person: "Can I talk to a human?", "agent please". */
export const isPersonRequest = (text: string): boolean =>
	text
		.split(/[.,;:!?؟،\n]+/)
		.map((sentence) => normalize(sentence))
		.some(
			(sentence) =>
				!asksWho(sentence) &&
				((wantsPerson(sentence) && !NEGATION.test(sentence)) ||
					isOnlyPerson(removePoliteWords(sentence))),
		);

/** Returns whether a prompt can be answered with yes or no. */
export function isYesNoPrompt(prompt: string): boolean {
	const last = prompt.split(/[.!]\s/).at(-1) ?? '';
	return opensYesNo(normalize(last));
}
