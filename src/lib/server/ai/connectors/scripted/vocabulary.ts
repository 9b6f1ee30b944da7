import { allLanguages } from './languages/languages.ts';
import type { Vocabulary } from './languages/language.ts';
import { normalize, removeAccents } from './normalize.ts';

type Key = {
	[key in keyof Vocabulary]: Vocabulary[key] extends string ? key : never;
}[keyof Vocabulary];

const getAll = (key: Key) => allLanguages.map(({ vocabulary }) => vocabulary[key]);

/** Returns the words and phrases of all languages, normalized. */
export const createPhraseSet = (key: Key, additional = ''): ReadonlySet<string> =>
	new Set(
		[...getAll(key), additional].flatMap((list) => list.split('|').map(normalize)).filter(Boolean),
	);

/** Creates a function that returns whether a normalized text matches a pattern of any language as a whole, at its start, or anywhere. */
export function createMatcher(
	key: Key,
	place: 'whole' | 'start' | 'anywhere',
): (text: string) => boolean {
	const before = place === 'anywhere' ? '(?:^| )' : '^';
	const after = place === 'whole' ? '$' : '(?= |$)';
	const pattern = new RegExp(`${before}(?:${joinPatterns(getAll(key))})${after}`, 'u');
	return (text) => pattern.test(text);
}

/** Joins patterns, without accents. */
export const joinPatterns = (patterns: string[]) => removeAccents(patterns.join('|'));

/** Returns the patterns of all languages as they are written, with accents. */
export const joinSources = (key: Key) => getAll(key).join('|');
