import { expect, it } from 'vitest';
import { areAlike, wordDiff } from './word-diff.ts';

const marked = (pieces: { text: string; isSame: boolean }[]) =>
	pieces.map(({ text, isSame }) => (isSame ? text : `[${text}]`)).join('');
const diff = (then: string, now: string) => wordDiff(then, now).map(marked);

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
])('%j against %j', (then, now, expected) => {
	expect(diff(then, now)).toEqual(expected);
});

it.each([
	['What is your budget?', 'What is your name?', true],
	['And is he covered by a dental plan?', 'Sorry, what is your name?', false],
	['The first visit is mostly counting teeth.', 'The team will answer that.', false],
	['Thanks!', 'Thanks! What is your e-mail?', true],
])('%j and %j are alike: %s', (then, now, expected) => {
	expect(areAlike(...wordDiff(then, now))).toBe(expected);
});

it('keeps every word of the longest texts', () => {
	const long = (word: string) => `${word} and `.repeat(2_000);
	const [then, now] = wordDiff(long('a'), long('b'));
	expect(then.map(({ text }) => text).join('')).toBe(long('a'));
	expect(now.map(({ text }) => text).join('')).toBe(long('b'));
});
