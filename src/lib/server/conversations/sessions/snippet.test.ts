import { expect, it } from 'vitest';
import { createHitPattern, createSnippet } from './snippet.ts';

const findHits = (found: string, query: string) => {
	const { text, ranges } = createSnippet(found, createHitPattern(query));
	return { text, words: ranges.map(({ start, end }) => text.slice(start, end)) };
};

it('the ranges match the words in the returned text', () => {
	expect(findHits('A new roof,\n and the old roof goes', 'roof')).toEqual({
		text: 'A new roof, and the old roof goes',
		words: ['roof', 'roof'],
	});
});

it.each([
	['Jürgen Großmann', 'jurgen grossmann', ['Jürgen', 'Großmann']],
	['I am Sean O’Brien', "o'brien", ['O', 'Brien']],
	['maya@roofs-and-more.example', 'roofs', ['roofs']],
	['我想修屋顶。屋顶！', '屋顶', ['屋顶', '屋顶']],
	['call +49 170 1234567 now', '0170 1234567', ['170 1234567']],
	['a red roof', '"red roof" -slate', ['red', 'roof']],
	['(a+)+$ [x', '(a+)+$', ['a']],
])('in %j, the search %j marks %j', (found, query, words) => {
	expect(findHits(found, query).words).toEqual(words);
});

it('a late hit appears near the start, after a whole word', () => {
	const { text, words } = findHits(`${'word '.repeat(80)}before the roof and after`, 'roof');
	expect(text).toMatch(/^…(word )*before the roof/);
	expect(words).toEqual(['roof']);
	expect(text.indexOf('roof')).toBeLessThan(30);
});

it('a long text is truncated, without hits in the removed part', () => {
	const { text, words } = findHits(`roof ${'word '.repeat(80)}roof`, 'roof');
	expect(text).toHaveLength(200);
	expect(words).toEqual(['roof']);
});

it('a text without a hit is returned from its start', () => {
	expect(findHits('nothing here', 'roof')).toEqual({ text: 'nothing here', words: [] });
	expect(findHits('', 'roof')).toEqual({ text: '', words: [] });
});

it.each([
	['e e e '.repeat(33), 'e '.repeat(16_000)],
	['a & '.repeat(50), 'abc and '.repeat(4_000)],
	['------- '.repeat(25), '- '.repeat(16_000)],
	['1234567 '.repeat(25), '1-2-3-4-5-6-7 '.repeat(2_000)],
	[
		Array.from({ length: 100 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join(' '),
		'\u4e63'.repeat(32_000),
	],
])('the search %.20j in a long text is fast', (query, found) => {
	const { ranges } = createSnippet(found, createHitPattern(query));
	expect(ranges.length).toBeLessThanOrEqual(200);
});
