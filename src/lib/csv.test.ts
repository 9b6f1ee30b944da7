import { describe, expect, test } from 'vitest';
import { csvHead, csvLine } from './csv.ts';

describe('csvLine', () => {
	test('separates by commas and ends with CRLF', () => {
		expect(csvLine(['a', '', 'b'])).toBe('a,,b\r\n');
	});

	test('quotes commas, quotes and line breaks', () => {
		expect(csvLine(['a,b', 'say "hi"', 'two\nlines'])).toBe('"a,b","say ""hi""","two\nlines"\r\n');
	});

	test.each(['=1+1', '+49 30 1', '-5', '@sum(a1)', '\t=1', '\r=1', '\n=1', ' =1', '＝1', '﹢1'])(
		'defuses the formula %j',
		(cell) => {
			expect(csvLine([cell]).replaceAll('"', '').startsWith(`'${cell[0]}`)).toBe(true);
		},
	);

	// The separators of Excel in most of Europe, of LibreOffice, and of exports for databases.
	test.each([
		'x;=1+1;y',
		'x\t@SUM(1)',
		'x|-2+3',
		'x\n=1',
		'x; +1+1',
		'x\r\n\t＝1',
		'x;"=1',
		'x;﹦1',
	])('has no cell that begins with a formula in another dialect: %j', (cell) => {
		const line = csvLine(['id', cell, 'z']).trimEnd();
		const cells = line.split(/[;\t|\r\n]/).map((part) => part.replace(/^[\s"]+/, ''));
		expect(cells.filter((part) => /^[=+\-@＝＋－＠﹦﹢﹣﹫]/.test(part))).toEqual([]);
		expect(line).toMatch(/^id,".*",z$/s);
	});

	test.each(['+491701234567', '01701234567'])('leaves the phone number %s as it is', (phone) => {
		expect(csvLine([phone])).toBe(`${phone}\r\n`);
		expect(csvLine([`${phone};ext=12`])).toBe(`"${phone};ext=12"\r\n`);
	});

	test.each(['+1+1', '+49170;=1', '+491701234567+1'])('takes %j for no phone number', (cell) => {
		expect(csvLine([cell]).replaceAll('"', '').startsWith("'")).toBe(true);
	});

	test('begins a file with a byte order mark', () => {
		expect(csvHead(['a', 'b'])).toBe('\ufeffa,b\r\n');
	});

	test('leaves the same signs alone further in', () => {
		expect(csvLine(['a=b', 'x@y.example', 'a-b'])).toBe('a=b,x@y.example,a-b\r\n');
	});
});
