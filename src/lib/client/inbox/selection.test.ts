import { expect, test } from 'vitest';
import { Selection } from './selection.svelte.ts';

const order = ['a', 'b', 'c', 'd', 'e'];
const start = () => new Selection();

test('Shift selects and deselects ranges in both directions', () => {
	const selection = start();
	selection.toggle('b', order);
	selection.toggle('d', order, { range: true });
	expect([...selection.ids]).toEqual(['b', 'c', 'd']);
	selection.toggle('a', order, { range: true });
	expect(selection.ids.size).toBe(4);
	selection.toggle('c', order, { range: true });
	expect([...selection.ids]).toEqual(['d']);
});

test('a range from a row that is no longer listed selects only the clicked row', () => {
	const selection = start();
	selection.toggle('gone', order);
	selection.toggle('c', order, { range: true });
	expect([...selection.ids]).toEqual(['gone', 'c']);
});

test('selects at most as many as one action accepts, and indicates the limit', () => {
	const selection = start();
	selection.take(Array.from({ length: 501 }, (_, at) => `s${at}`));
	expect(selection.ids.size).toBe(500);
	expect(selection.isCut).toBe(true);
	selection.clear();
	expect(selection.isCut).toBe(false);
});
