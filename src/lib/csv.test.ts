import { describe, expect, test } from 'vitest';
import { csvLine } from './csv';

describe('csvLine', () => {
	test('separates by commas and ends with CRLF', () => {
		expect(csvLine(['a', '', 'b'])).toBe('a,,b\r\n');
	});

	test('quotes commas, quotes and line breaks', () => {
		expect(csvLine(['a,b', 'say "hi"', 'two\nlines'])).toBe('"a,b","say ""hi""","two\nlines"\r\n');
	});

	test.each(['=1+1', '+49 30 1', '-5', '@sum(a1)', '\t=1', '\r=1', '\n=1', ' =1', '＝1'])(
		'defuses the formula %j',
		(cell) => {
			expect(csvLine([cell]).replaceAll('"', '').startsWith(`'${cell[0]}`)).toBe(true);
		},
	);

	test('leaves the same signs alone further in', () => {
		expect(csvLine(['a=b', 'x@y.example', 'a-b'])).toBe('a=b,x@y.example,a-b\r\n');
	});
});
