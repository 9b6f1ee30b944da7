import { expect, it } from 'vitest';
import { isSimilar, diffWords } from './word-diff.ts';

const marked = (pieces: { text: string; isSame: boolean }[]) =>
	pieces.map(({ text, isSame }) => (isSame ? text : `[${text}]`)).join('');
const diff = (before: string, after: string) => diffWords(before, after).map(marked);

it.each([
	['the same', 'the same', ['the same', 'the same']],
	[
		'What is your budget?',
		'What is your name?',
		['What is your [budget]?', 'What is your [name]?'],
	],
	['one two three', 'one three', ['one [two ]three', 'one three']],
	['', 'new words', ['', '[new words]']],
	['gone', '', ['[gone]', '']],
	['a b c d', 'b x d', ['[a ]b [c] d', 'b [x] d']],
])('compares %j with %j', (before, after, expected) => {
	expect(diff(before, after)).toEqual(expected);
});

it.each([
	['What is your budget?', 'What is your name?', true],
	['And is he covered by a dental plan?', 'Sorry, what is your name?', false],
	['The first visit is mostly counting teeth.', 'The team will answer that.', false],
	['Thanks!', 'Thanks! What is your e-mail?', true],
])('%j and %j are alike: %s', (before, after, expected) => {
	expect(isSimilar(...diffWords(before, after))).toBe(expected);
});

it('keeps every word of the longest texts', () => {
	const long = (word: string) => `${word} and `.repeat(2_000);
	const [before, after] = diffWords(long('a'), long('b'));
	expect(before.map(({ text }) => text).join('')).toBe(long('a'));
	expect(after.map(({ text }) => text).join('')).toBe(long('b'));
});
