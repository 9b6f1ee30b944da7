import { isGreeting } from './intents.ts';
import { plain, shorten, squash } from './normalize.ts';
import { phraseSet, sources } from './vocabulary.ts';

const set = (words: string) => new Set(words.split(' '));

const HONORIFICS = phraseSet('honorifics');
const PARTICLES = set(
	'de da dos das del della di la le van von der den ter ten bin bint ibn al el y e af av zu zum zur du',
);
/** Ordinary words that aren't part of a name. */
const ORDINARY = phraseSet('notNames');
/** Words that are names only when capitalized. */
const EITHER = set('an so do my you can on in mi tu');
const FILLERS = set('actually just really also well simply known as');

// Also in languages that the script doesn't speak.
const STRONG_INTRODUCTION = new RegExp(
	`(?:^|[\\s,(])(?:${sources('nameIntroductions')}|mi chiamo|меня зовут)\\s+|我叫\\s*`,
	'iu',
);
const WEAK_INTRODUCTION = new RegExp(`(?:^|[\\s,(])(?:${sources('weakIntroductions')})\\s+`, 'iu');
const WORD = /^\p{L}[\p{L}\p{M}'.\-·\u2010]*$/u;
const EDGES = /^[^\p{L}]+|[^\p{L}\p{M}.]+$/gu;

export interface IntroducedName {
	name: string;
	/** The segment contains nothing else. */
	isWhole: boolean;
	/** Introduced by "my name is" rather than by the ambiguous "I'm". */
	isStrong: boolean;
}

/** Finds the name in "I'm Maya" or "my name is Maya Hartmann and …". `isExpected`: the name was asked for. */
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
	const taken = takeName(rest);
	const isCertain = strong !== null || isExpected || hasCapitals(taken.name);
	const isLoose = strong === null && !hasCapitals(taken.name) && taken.left > 0;
	if (taken.name === '' || !isCertain || isLoose) return undefined;
	const before = text.slice(0, match.index).trim();
	return {
		name: tidy(taken.name),
		isWhole: before === '' && taken.left === 0,
		isStrong: strong !== null,
	};
}

/** Parses a text that is only a name: "Maya Hartmann", "Maya & Tom", "مايا". `isLenient` accepts punctuation and digits. */
export function parseBareName(text: string, isLenient = false): string | undefined {
	const [one = '', other, more] = squash(text).split(/ (?:and|&) /i, 3);
	const pair = other && more === undefined ? [parseOne(one, false), parseOne(other, false)] : [];
	return pair.length > 0 && pair.every(Boolean) ? pair.join(' and ') : parseOne(text, isLenient);
}

function parseOne(text: string, isLenient: boolean): string | undefined {
	const line = squash(straightenQuotes(text)).replace(/ (?:here|speaking)\W*$/i, '');
	const words = line.split(' ', 7).map(withoutEdges).filter(Boolean);
	if (words.length === 0 || words.length > 5 || isGreeting(text)) return undefined;
	const taken = takeName(words);
	const isName = taken.name !== '' && taken.left === 0 && !isSentenceWithoutSpaces(taken.name);
	if (isName) return tidy(taken.name);
	const isOdd =
		isLenient && /\p{L}/u.test(text) && !/[@/\\<>{}[\]()*_`]/.test(text) && text.length <= 60;
	return isOdd && words.length <= 4 && !line.split(' ').some(isOrdinary) ? line : undefined;
}

/** Returns how to address someone: by first name, or as "Mr. Smith" if there is none. */
export function firstName(name: string): string {
	const [first = '', second, ...more] = squash(name).split(' ');
	if (!isHonorific(first) || second === undefined) return shorten(first, 40);
	return shorten(more.length > 0 ? second : `${first} ${second}`, 40);
}

export const hasCapitals = (text: string) => /\p{Lu}|\p{Lo}/u.test(text);

const straightenQuotes = (text: string) => text.replace(/[\u2018\u2019\u02bc`´]/g, "'");
/** Strips punctuation around a word; empty for words too long for a name. */
const withoutEdges = (word: string) => (word.length > 60 ? '' : word.replace(EDGES, ''));
const bare = (word: string) => plain(word.replace(/\./g, ''));
const isHonorific = (word: string) => HONORIFICS.has(bare(word));
const isOrdinary = (word: string) => ORDINARY.has(bare(word)) || EITHER.has(bare(word));
const isCapital = (word: string) => /^(?:\p{Lu}|\p{Lo})/u.test(word);
// In scripts without spaces, more than a dozen characters are a sentence.
const isSentenceWithoutSpaces = (name: string) =>
	/\p{Lo}{13}/u.test(name.replace(/\p{Script=Arab}/gu, ''));

/** Returns the name that words begin with, and how many words follow it. */
function takeName(words: string[]): { name: string; left: number } {
	let from = 0;
	while (FILLERS.has(bare(words[from] ?? ''))) from++;
	let to = from;
	const isProper = isCapital(withoutEdges(words[from] ?? ''));
	while (to < words.length && to - from < 6) {
		const word = withoutEdges(words[to] ?? '');
		if (!WORD.test(word) || !mayBeName(word, words[to + 1], isProper)) break;
		to++;
		// Punctuation ends the name, as in "Maya, I need …".
		if (/[,;!?)]$/.test(words[to - 1] ?? '')) break;
	}
	while (to > from && isParticle(words[to - 1])) to--;
	const taken = words.slice(from, to).map(withoutEdges);
	const isName = taken.some((word) => !isHonorific(word) && !PARTICLES.has(bare(word)));
	return isName
		? { name: taken.join(' '), left: words.length - to }
		: { name: '', left: words.length };
}

function mayBeName(word: string, next: string | undefined, isProper: boolean): boolean {
	if (isHonorific(word)) return true;
	if (isParticle(word)) return next !== undefined;
	if (EITHER.has(bare(word))) return isCapital(word);
	if (ORDINARY.has(bare(word))) return false;
	return isCapital(word) || !isProper;
}

const isParticle = (word: string | undefined) =>
	word !== undefined && !isCapital(word) && PARTICLES.has(bare(word));

/** Returns one line of at most 80 characters; capitalizes a name written in lowercase. */
function tidy(name: string): string {
	const line = shorten(squash(name), 80).replace(/(?<=\p{L}{3})\.$/u, '');
	if (hasCapitals(line)) return line;
	return line.replace(
		/(^|[\s-])(\p{Ll}[\p{L}\p{M}']*)/gu,
		(_, before: string, word: string) =>
			before +
			(before !== '' && PARTICLES.has(word) ? word : word.charAt(0).toUpperCase() + word.slice(1)),
	);
}
