import { languages } from './languages/languages.ts';
import type { Vocabulary } from './languages/language.ts';
import { plain, withoutAccents } from './normalize.ts';

type Key = {
	[key in keyof Vocabulary]: Vocabulary[key] extends string ? key : never;
}[keyof Vocabulary];

const ofAll = (key: Key) => languages.map(({ vocabulary }) => vocabulary[key]);

/** Returns the words and phrases of all languages, in the form of `plain`. */
export const phraseSet = (key: Key, others = ''): ReadonlySet<string> =>
	new Set([...ofAll(key), others].flatMap((list) => list.split('|').map(plain)).filter(Boolean));

/** Returns whether a `plain` text is one of the patterns (`whole`), or begins with or contains one of all languages. */
export function matcher(
	key: Key,
	place: 'whole' | 'start' | 'anywhere',
): (text: string) => boolean {
	const before = place === 'anywhere' ? '(?:^| )' : '^';
	const after = place === 'whole' ? '$' : '(?= |$)';
	const pattern = new RegExp(`${before}(?:${alternatives(ofAll(key))})${after}`, 'u');
	return (text) => pattern.test(text);
}

/** Joins patterns, without accents. */
export const alternatives = (patterns: string[]) => withoutAccents(patterns.join('|'));

/** Returns the patterns of all languages as they are written, with accents. */
export const sources = (key: Key) => ofAll(key).join('|');
