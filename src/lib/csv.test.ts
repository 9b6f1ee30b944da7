import { describe, expect, it } from 'vitest';
import { formatCsvHeader, formatCsvLine } from './csv.ts';

describe('a CSV file', () => {
	it('separates cells with commas and ends lines with CRLF', () => {
		expect(formatCsvLine(['a', '', 'b'])).toBe('a,,b\r\n');
	});

	it('quotes commas, quotes and line breaks', () => {
		expect(formatCsvLine(['a,b', 'say "hi"', 'two\nlines'])).toBe(
			'"a,b","say ""hi""","two\nlines"\r\n',
		);
	});

	it.each(['=1+1', '+49 30 1', '-5', '@sum(a1)', '\t=1', '\r=1', '\n=1', ' =1', '＝1', '﹢1'])(
		'escapes the formula %j',
		(cell) => {
			expect(formatCsvLine([cell]).replaceAll('"', '').startsWith(`'${cell[0]}`)).toBe(true);
		},
	);

	// Delimiters used by Excel in most of Europe, by LibreOffice, and by database exports.
	it.each(['x;=1+1;y', 'x\t@SUM(1)', 'x|-2+3', 'x\n=1', 'x; +1+1', 'x\r\n\t＝1', 'x;"=1', 'x;﹦1'])(
		'contains no formula when split by another delimiter: %j',
		(cell) => {
			const line = formatCsvLine(['id', cell, 'z']).trimEnd();
			const cells = line.split(/[;\t|\r\n]/).map((part) => part.replace(/^[\s"]+/, ''));
			expect(cells.filter((part) => /^[=+\-@＝＋－＠﹦﹢﹣﹫]/.test(part))).toEqual([]);
			expect(line).toMatch(/^id,".*",z$/s);
		},
	);

	it.each(['+491701234567', '01701234567'])('doesn’t escape the phone number %s', (phone) => {
		expect(formatCsvLine([phone])).toBe(`${phone}\r\n`);
		expect(formatCsvLine([`${phone};ext=12`])).toBe(`"${phone};ext=12"\r\n`);
	});

	it.each(['+1+1', '+49170;=1', '+491701234567+1'])(
		'doesn’t treat %j as a phone number',
		(cell) => {
			expect(formatCsvLine([cell]).replaceAll('"', '').startsWith("'")).toBe(true);
		},
	);

	it('starts a file with a byte order mark', () => {
		expect(formatCsvHeader(['a', 'b'])).toBe('\ufeffa,b\r\n');
	});

	it('doesn’t escape formula characters in the middle of a cell', () => {
		expect(formatCsvLine(['a=b', 'x@y.example', 'a-b'])).toBe('a=b,x@y.example,a-b\r\n');
	});
});

it('takes linear time', () => {
	// Quadratic time would exceed the test's timeout.
	for (const text of ['\t', '; ', '|"', '\n\t ', ' ']) {
		const cell = text.repeat(400_000 / text.length);
		expect(formatCsvLine([cell]).length).toBeGreaterThanOrEqual(400_000);
	}
});
