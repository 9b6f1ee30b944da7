import { describe, expect, test } from 'vitest';
import { AppError } from '../core/errors';
import { acceptFields, normalizeEmail, normalizePhone } from './normalize';

describe('normalizing', () => {
	test.each([
		[' Ada@Example.COM ', 'ada@example.com'],
		['mailto:ada@example.com', 'ada@example.com'],
		['ada at example.com', null],
		[`${'a'.repeat(250)}@example.com`, null],
	])('the e-mail %j gives %j', (text, email) => {
		expect(normalizeEmail(text)).toBe(email);
	});

	test.each([
		['+49 (0)30 / 123-456', '+4930123456'],
		['0049 30 123456', '+4930123456'],
		['(555) 123‑4567', '5551234567'],
		['tel:+1.555.123.4567', '+15551234567'],
		['12345', null],
		['+1234567890123456', null],
		['call me', null],
	])('the phone number %j gives %j', (text, phone) => {
		expect(normalizePhone(text)).toBe(phone);
	});
});

describe('fields to merge', () => {
	test('names lose their runs of white space, answers keep their lines', () => {
		const fields = acceptFields({ name: ' Ada \n Lovelace ', wishes: ' one\ntwo ' }, 'api');
		expect(Object.fromEntries(fields)).toEqual({ name: 'Ada Lovelace', wishes: 'one\ntwo' });
	});

	test('a bad value from an API is refused, field by field', () => {
		const fault = caught(() => acceptFields({ email: 'nope', phone: 'nope', name: 'Ada' }, 'api'));
		expect(fault.code).toBe('invalid');
		expect(fault.errors?.map((error) => error.path)).toEqual(['email', 'phone']);
	});

	test.each(['ai', 'detected'] as const)(
		'a bad value from %s is left out, and the rest taken',
		(source) => {
			expect([...acceptFields({ email: 'nope', name: 'Ada' }, source)]).toEqual([['name', 'Ada']]);
		},
	);

	test('null clears, but from an AI it says nothing', () => {
		expect([...acceptFields({ name: null }, 'api')]).toEqual([['name', null]]);
		expect([...acceptFields({ name: null }, 'ai')]).toEqual([]);
	});

	test('an emptied value clears when a person emptied it, and says nothing otherwise', () => {
		expect([...acceptFields({ name: '  ' }, 'agent')]).toEqual([['name', null]]);
		expect([...acceptFields({ name: '  ' }, 'api')]).toEqual([]);
	});

	test('names of an object’s own machinery are answers like any other', () => {
		const fields = JSON.parse('{"__proto__": "a", "constructor": "b"}') as Record<string, string>;
		expect([...acceptFields(fields, 'api').keys()]).toEqual(['__proto__', 'constructor']);
	});
});

function caught(work: () => unknown): AppError {
	try {
		work();
	} catch (fault) {
		if (fault instanceof AppError) return fault;
		throw fault;
	}
	throw new Error('nothing was thrown');
}
