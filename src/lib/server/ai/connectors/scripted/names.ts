import { capitalize } from '#lib/contract/constants.ts';
import { isGreeting } from './intents.ts';
import { normalize, shorten, collapseWhitespace } from './normalize.ts';
import { createPhraseSet, joinSources } from './vocabulary.ts';

const toSet = (words: string) => new Set(words.split(' '));

const HONORIFICS = createPhraseSet('honorifics');
const PARTICLES = toSet(
	'de da dos das del della di la le van von der den ter ten bin bint ibn al el y e af av zu zum zur du',
);
/** Ordinary words that aren't part of a name. */
const ORDINARY_WORDS = createPhraseSet('notNames');
/** Words that are names only when capitalized. */
const NAMES_IF_CAPITALIZED = toSet('an so do my you can on in mi tu');
const FILLERS = toSet('actually just really also well simply known as');

// The extra patterns are from languages that the script doesn't support.
const STRONG_INTRODUCTION = new RegExp(
	`(?:^|[\\s,(])(?:${joinSources('nameIntroductions')}|mi chiamo|меня зовут)\\s+|我叫\\s*`,
	'iu',
);
const WEAK_INTRODUCTION = new RegExp(
	`(?:^|[\\s,(])(?:${joinSources('weakIntroductions')})\\s+`,
	'iu',
);
const WORD = /^\p{L}[\p{L}\p{M}'.\-·\u2010]*$/u;
const EDGES = /^[^\p{L}]+|[^\p{L}\p{M}.]+$/gu;

interface IntroducedName {
	name: string;
	/** Whether the segment contains nothing else. */
	isWhole: boolean;
	/** Whether it was introduced by "my name is" rather than by the ambiguous "I'm". */
	isStrong: boolean;
}

/** Finds the name in "I'm Maya" or "my name is Maya Hartmann and …". `isExpected`: whether the name was asked for. */
export function findIntroducedName(
	segment: string,
	isExpected: boolean,
): IntroducedName | undefined {
	const text = straightenQuotes(segment);
	const strong = STRONG_INTRODUCTION.exec(text);
	const match = strong ?? WEAK_INTRODUCTION.exec(text);
	if (!match) return undefined;
	const rest = text
		.slice(match.index + match[0].length)
		.split(/\s+/)
		.slice(0, 12);
	const candidate = readName(rest);
	const isCertain = strong !== null || isExpected || hasCapitals(candidate.name);
	const isLoose = strong === null && !hasCapitals(candidate.name) && candidate.wordsLeft > 0;
	if (candidate.name === '' || !isCertain || isLoose) return undefined;
	const before = text.slice(0, match.index).trim();
	return {
		name: formatName(candidate.name),
		isWhole: before === '' && candidate.wordsLeft === 0,
		isStrong: strong !== null,
	};
}

/** Parses a text that is only a name: "Maya Hartmann", "Maya & Tom", "مايا". `isLenient` accepts punctuation and digits. */
export function parseBareName(text: string, isLenient = false): string | undefined {
	const [first = '', second, third] = collapseWhitespace(text).split(/ (?:and|&) /i, 3);
	const pair =
		second && third === undefined
			? [parseSingleName(first, false), parseSingleName(second, false)]
			: [];
	return pair.length > 0 && pair.every(Boolean)
		? pair.join(' and ')
		: parseSingleName(text, isLenient);
}

function parseSingleName(text: string, isLenient: boolean): string | undefined {
	const line = collapseWhitespace(straightenQuotes(text)).replace(/ (?:here|speaking)\W*$/i, '');
	const words = line.split(' ', 7).map(trimPunctuation).filter(Boolean);
	if (words.length === 0 || words.length > 5 || isGreeting(text)) return undefined;
	const candidate = readName(words);
	const isName =
		candidate.name !== '' && candidate.wordsLeft === 0 && !isSentenceWithoutSpaces(candidate.name);
	if (isName) return formatName(candidate.name);
	const isUnusual =
		isLenient && /\p{L}/u.test(text) && !/[@/\\<>{}[\]()*_`]/.test(text) && text.length <= 60;
	return isUnusual && words.length <= 4 && !line.split(' ').some(isOrdinary) ? line : undefined;
}

/** Returns how to address someone: by first name, or as "Mr. Smith" if there is none. */
export function toFirstName(name: string): string {
	const [first = '', second, ...more] = collapseWhitespace(name).split(' ');
	if (!isHonorific(first) || second === undefined) return shorten(first, 40);
	return shorten(more.length > 0 ? second : `${first} ${second}`, 40);
}

export const hasCapitals = (text: string) => /\p{Lu}|\p{Lo}/u.test(text);

const straightenQuotes = (text: string) => text.replace(/[\u2018\u2019\u02bc`´]/g, "'");
/** Strips punctuation around a word; empty for words too long for a name. */
const trimPunctuation = (word: string) => (word.length > 60 ? '' : word.replace(EDGES, ''));
const normalizeWord = (word: string) => normalize(word.replace(/\./g, ''));
const isHonorific = (word: string) => HONORIFICS.has(normalizeWord(word));
const isOrdinary = (word: string) =>
	ORDINARY_WORDS.has(normalizeWord(word)) || NAMES_IF_CAPITALIZED.has(normalizeWord(word));
const isCapital = (word: string) => /^(?:\p{Lu}|\p{Lo})/u.test(word);
// In writing systems without spaces, more than a dozen characters are a sentence.
const isSentenceWithoutSpaces = (name: string) =>
	/\p{Lo}{13}/u.test(name.replace(/\p{Script=Arab}/gu, ''));

/** Returns the name at the start of the words, and the number of words after it. */
function readName(words: string[]): { name: string; wordsLeft: number } {
	let from = 0;
	while (FILLERS.has(normalizeWord(words[from] ?? ''))) from++;
	let to = from;
	const isProper = isCapital(trimPunctuation(words[from] ?? ''));
	while (to < words.length && to - from < 6) {
		const word = trimPunctuation(words[to] ?? '');
		if (!WORD.test(word) || !canBeName(word, words[to + 1], isProper)) break;
		to++;
		// Punctuation ends the name, as in "Maya, I need …".
		if (/[,;!?)]$/.test(words[to - 1] ?? '')) break;
	}
	while (to > from && isParticle(words[to - 1])) to--;
	const candidate = words.slice(from, to).map(trimPunctuation);
	const isName = candidate.some(
		(word) => !isHonorific(word) && !PARTICLES.has(normalizeWord(word)),
	);
	return isName
		? { name: candidate.join(' '), wordsLeft: words.length - to }
		: { name: '', wordsLeft: words.length };
}

function canBeName(word: string, next: string | undefined, isProper: boolean): boolean {
	if (isHonorific(word)) return true;
	if (isParticle(word)) return next !== undefined;
	if (NAMES_IF_CAPITALIZED.has(normalizeWord(word))) return isCapital(word);
	if (ORDINARY_WORDS.has(normalizeWord(word))) return false;
	return isCapital(word) || !isProper;
}

const isParticle = (word: string | undefined) =>
	word !== undefined && !isCapital(word) && PARTICLES.has(normalizeWord(word));

/** Returns one line of at most 80 characters; capitalizes a name written in lowercase. */
function formatName(name: string): string {
	const line = shorten(collapseWhitespace(name), 80).replace(/(?<=\p{L}{3})\.$/u, '');
	if (hasCapitals(line)) return line;
	return line.replace(
		/(^|[\s-])(\p{Ll}[\p{L}\p{M}']*)/gu,
		(_, before: string, word: string) =>
			before + (before !== '' && PARTICLES.has(word) ? word : capitalize(word)),
	);
}
