import { expect, it } from 'vitest';
import { joined } from './joined.ts';

it('keeps the order of both, and an item of both once, as the first has it', () => {
	const list = [
		{ id: 5, text: 'new' },
		{ id: 4, text: 'new' },
	];
	const more = [
		{ id: 4, text: 'old' },
		{ id: 3, text: 'old' },
	];
	expect(joined(list, more)).toEqual([...list, { id: 3, text: 'old' }]);
});
