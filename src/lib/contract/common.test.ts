import { expect, it } from 'vitest';
import { urlInteger } from './common.ts';

const read = (value: unknown) => urlInteger(1, 500).safeParse(value).data;

it('a whole number in a URL is read from decimal digits only', () => {
	expect(['1', '042', '500', 7].map(read)).toEqual([1, 42, 500, 7]);
	const rejected = ['', ' 1', '1 ', '+1', '-1', '1e0', '0x1', '0b1', '1.0', '١', '0', '501', true];
	for (const value of rejected) expect(read(value)).toBeUndefined();
});
