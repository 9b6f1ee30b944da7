import { expect, test } from 'vitest';
import { MARKS, snippetOf } from './snippet';

const mark = (words: string) => words.replaceAll('[', MARKS.start).replaceAll(']', MARKS.end);
const hits = (marked: string) => {
	const { text, ranges } = snippetOf(mark(marked));
	return { text, words: ranges.map(({ start, end }) => text.slice(start, end)) };
};

test('the places are those of the words in the text that is given', () => {
	expect(hits('A new [roof],\n and the old [roof] goes')).toEqual({
		text: 'A new roof, and the old roof goes',
		words: ['roof', 'roof'],
	});
});

test('a hit far inside is shown near the beginning, from a whole word on', () => {
	const { text, words } = hits(`${'word '.repeat(80)}before the [roof] and after`);
	expect(text).toMatch(/^…word word before the roof and after$|^…(word )*before the roof/);
	expect(words).toEqual(['roof']);
	expect(text.indexOf('roof')).toBeLessThan(30);
});

test('a long text ends, and what is cut off is no hit', () => {
	const { text, words } = hits(`[roof] ${'word '.repeat(80)}[roof]`);
	expect(text).toHaveLength(200);
	expect(words).toEqual(['roof']);
});

test('text without a hit is given from its beginning', () => {
	expect(hits('nothing here')).toEqual({ text: 'nothing here', words: [] });
	expect(hits('')).toEqual({ text: '', words: [] });
});
