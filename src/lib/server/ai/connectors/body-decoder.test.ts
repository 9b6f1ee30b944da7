import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BodyDecoder } from './body-decoder.ts';

const TEXT = 'Grüße, 名前は? 😀';
const utf16 = Buffer.from(TEXT, 'utf16le');
const BODIES: [string, string, Buffer, string][] = [
	['UTF-8', 'application/json', Buffer.from(TEXT), TEXT],
	['UTF-8 with a byte order mark', 'text/plain', Buffer.from(`\ufeff${TEXT}`), TEXT],
	['UTF-16 with a mark', 'application/json', Buffer.from(`\ufeff${TEXT}`, 'utf16le'), TEXT],
	[
		'UTF-16, most significant byte first',
		'',
		Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16(),
		TEXT,
	],
	['UTF-16 that is declared', 'text/plain; charset=utf-16le', utf16, TEXT],
	['Latin-1', 'text/plain; charset="ISO-8859-1"', Buffer.from('Grüße', 'latin1'), 'Grüße'],
	['UTF-8 declared as Latin-1', 'text/html; charset=ISO-8859-1', Buffer.from(TEXT), TEXT],
	['UTF-8 declared as ASCII', 'text/html; charset=us-ascii', Buffer.from(TEXT), TEXT],
	['Shift JIS', 'text/plain; charset=Shift_JIS', Buffer.from([0x82, 0xb1, 0x82, 0xf1]), 'こん'],
	[
		'Latin-1 that isn’t declared',
		'text/html',
		Buffer.from('Grüße aus Köln', 'latin1'),
		'Grüße aus Köln',
	],
	[
		'Windows-1252 declared as UTF-8',
		'text/plain; charset=UTF-8',
		Buffer.from('\x93Grüße\x94', 'latin1'),
		'“Grüße”',
	],
	[
		'UTF-8 with an invalid byte',
		'',
		Buffer.from([...Buffer.from('Grüße'), 0xff, 0x41]),
		'Grüße\ufffdA',
	],
	['UTF-8 that is cut within a character', '', Buffer.from('Hi 😀').subarray(0, -1), 'Hi \ufffd'],
	['Latin-1 that ends in a letter', '', Buffer.from('Café', 'latin1'), 'Café'],
	// https://github.com/apify/crawlee/issues/2901
	['an unknown charset', 'text/plain; charset=klingon', Buffer.from(TEXT), TEXT],
	['nothing', 'text/plain; charset=latin1', Buffer.from(''), ''],
	['one byte', 'text/plain', Buffer.from('A'), 'A'],
];

it.each(BODIES)('decodes %s, however it is chunked', (_, type, bytes, text) => {
	fc.assert(
		fc.property(fc.array(fc.nat({ max: 5 })), (sizes) => {
			const decoder = new BodyDecoder(type);
			let decoded = '';
			let at = 0;
			for (const size of sizes) decoded += decoder.push(bytes.subarray(at, (at += size)));
			decoded += decoder.push(bytes.subarray(at));
			expect(decoded + decoder.end()).toBe(text);
		}),
		{ numRuns: 50 },
	);
});

it.each([
	['Windows-1251', '\xcf\xf0\xe8\xe2\xe5\xf2, Ada'],
	['GBK', '{"reply":"\xc4\xe3\xba\xc3\xc2\xf0"}'],
])('doesn’t take undeclared %s for Latin-1', (_, binary) => {
	const decoder = new BodyDecoder('text/plain');
	const decoded = decoder.push(Buffer.from(binary, 'latin1')) + decoder.end();
	expect(decoded).not.toMatch(/[À-ÿ]/);
	expect(decoded).toContain('\ufffd');
});

it('decodes Latin-1 after a beginning that is also UTF-8', () => {
	const decoder = new BodyDecoder('text/plain; charset=latin1');
	const bytes = Buffer.from('Guten Tag, schöne Grüße', 'latin1');
	const decoded = [...bytes].map((byte) => decoder.push(Uint8Array.of(byte))).join('');
	expect(decoded + decoder.end()).toBe('Guten Tag, schöne Grüße');
});
