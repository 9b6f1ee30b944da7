import { expect, it } from 'vitest';
import { Selection } from './selection.svelte.ts';

const order = ['a', 'b', 'c', 'd', 'e'];
const createSelection = () => new Selection();

it('a range toggle selects and deselects rows in both directions', () => {
	const selection = createSelection();
	selection.toggle('b', order);
	selection.toggle('d', order, { range: true });
	expect([...selection.ids]).toEqual(['b', 'c', 'd']);
	selection.toggle('a', order, { range: true });
	expect(selection.ids.size).toBe(4);
	selection.toggle('c', order, { range: true });
	expect([...selection.ids]).toEqual(['d']);
});

it('a range from a row that is no longer listed selects only the clicked row', () => {
	const selection = createSelection();
	selection.toggle('gone', order);
	selection.toggle('c', order, { range: true });
	expect([...selection.ids]).toEqual(['gone', 'c']);
});

it('truncates a selection to the limit of one bulk action', () => {
	const selection = createSelection();
	selection.set(Array.from({ length: 501 }, (_, index) => `s${index}`));
	expect(selection.ids.size).toBe(500);
	expect(selection.isTruncated).toBe(true);
	selection.clear();
	expect(selection.isTruncated).toBe(false);
});
