import { plain } from './normalize.ts';
import { matcher, phraseSet } from './vocabulary.ts';

// Languages that the script doesn't speak.
const GREETINGS = phraseSet('greetings', 'ciao|你好|您好|こんにちは|नमस्ते|привет|здравствуйте');
const BESIDE_GREETINGS = phraseSet('besideGreetings');
const COURTESIES = phraseSet('courtesies');
const PARTINGS = phraseSet('partings', 'ciao');
const YES = phraseSet('yes', 'da|sì');
const NO = phraseSet('no', 'нет');
const SKIPS = phraseSet('skips');
const BESIDE_SKIPS = [...phraseSet('besideSkips')].toSorted((a, b) => b.length - a.length);

const declines = matcher('refusals', 'anywhere');
const opensQuestion = matcher('questionOpenings', 'start');
const asksWho = matcher('asksWho', 'anywhere');
const asksWhy = matcher('asksWhy', 'start');
const opensYesNo = matcher('yesNoOpenings', 'start');
const wantsPerson = matcher('wantsPerson', 'anywhere');
const isOnlyPerson = matcher('onlyPerson', 'whole');

/** Words before a question: "ok, so how much is it". */
const BEFORE_QUESTION =
	/^(?:(?:and|but|so|also|ok|okay|sorry|well|hi|hello|hey|und|aber|y|pero|et|mais|e|mas) )+/;

/** Words by which "I want to talk to a person" says the opposite. */
const NEGATION =
	/(?:^| )(?:don't|dont|do not|no need|nicht|kein|keinen|keine|no (?:quiero|necesito|hace)|nao (?:quero|preciso)|(?:veux|souhaite|besoin) pas|pas besoin|لا (?:اريد|احتاج|اود))(?= |$)/;

const words = (text: string) => (text === '' ? [] : text.split(' '));

/** Returns whether a text is only a greeting: "hi", "Good morning", "hello there". */
export function isGreeting(text: string): boolean {
	const normalized = plain(text);
	const tokens = words(normalized);
	return (
		tokens.length <= 5 &&
		(GREETINGS.has(normalized) ||
			(tokens.some((word) => GREETINGS.has(word)) &&
				tokens.every((word) => GREETINGS.has(word) || BESIDE_GREETINGS.has(word))))
	);
}

/** Returns whether a text is only polite words: "ok", "yes please", "sure, here it is". */
export function isCourtesy(text: string): boolean {
	const tokens = words(plain(text));
	return tokens.length <= 6 && tokens.every((word) => COURTESIES.has(word));
}

/** Returns whether a text is a goodbye or thanks: "perfect, bye". */
export function isParting(text: string): boolean {
	const tokens = words(plain(text));
	return tokens.length <= 8 && tokens.some((word) => PARTINGS.has(word));
}

export const isYes = (text: string) =>
	YES.has(firstWord(text)) || /^that's (?:right|it)/.test(plain(text));

/** Returns whether a text is nothing but "no". */
export const isOnlyNo = (text: string) => NO.has(plain(text)) || plain(text) === 'not yet';

const firstWord = (text: string) => words(plain(text))[0] ?? '';

/** Returns whether a text only declines to answer: "skip", "no thanks", "later", a single dash. */
export function isSkip(text: string): boolean {
	const normalized = plain(text);
	return (
		SKIPS.has(normalized) ||
		SKIPS.has(withoutPoliteWords(normalized)) ||
		/^\s*[-–—./]+\s*$/.test(text)
	);
}

const withoutPoliteWords = (normalized: string) =>
	BESIDE_SKIPS.reduce((rest, word) => rest.replaceAll(` ${word} `, ' '), ` ${normalized} `).trim();

/** Returns whether a sentence declines to answer: "I'd rather not give my number". */
export function isRefusal(text: string): boolean {
	const normalized = plain(text);
	return words(normalized).length <= 16 && declines(normalized);
}

/** Returns whether a sentence is a question, judged by its question mark or its first words. */
export const isQuestion = (text: string) =>
	/[?？؟](?![\p{L}\p{N}=&/])/u.test(text) ||
	opensQuestion(plain(text).replace(BEFORE_QUESTION, ''));

/** Classifies a question: about the assistant (`who`), about the reason for asking (`why`), or anything else. */
export function questionAbout(text: string): 'who' | 'why' | 'other' {
	const normalized = plain(text);
	if (asksWho(normalized)) return 'who';
	return asksWhy(normalized) ? 'why' : 'other';
}

/** Returns whether one of a text's sentences asks for a person of the team: "Can I talk to a human?", "agent please". */
export const isPersonRequest = (text: string): boolean =>
	text
		.split(/[.,;:!?؟،\n]+/)
		.map((sentence) => plain(sentence))
		.some(
			(sentence) =>
				!asksWho(sentence) &&
				((wantsPerson(sentence) && !NEGATION.test(sentence)) ||
					isOnlyPerson(withoutPoliteWords(sentence))),
		);

/** Returns whether a prompt can be answered with yes or no. */
export function isYesNoPrompt(prompt: string): boolean {
	const last = prompt.split(/[.!]\s/).at(-1) ?? '';
	return opensYesNo(plain(last));
}
