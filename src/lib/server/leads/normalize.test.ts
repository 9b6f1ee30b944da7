import { describe, expect, it } from 'vitest';
import { AppError } from '../core/errors.ts';
import { normalizeEmail } from './email.ts';
import { normalizeFields as normalize, renameFields } from './normalize.ts';
import { formatPhone, normalizePhone } from './phone.ts';

const acceptedFields = (...input: Parameters<typeof normalize>) => normalize(...input).accepted;

describe('normalizing contacts', () => {
	it.each([
		['maya@example.com、', 'maya@example.com'],
		['maya@example.comです', 'maya@example.com'],
		['maya @ example.com', 'maya@example.com'],
		['maya%40example.com', 'maya@example.com'],
		['maya﹫example.com', 'maya@example.com'],
		['d’arcy@example.com', "d'arcy@example.com"],
	])('the email address %j gives %j', (text, email) => {
		expect(normalizeEmail(text)).toBe(email);
	});

	it.each([
		['+491701234567;ext=12', '+49 170 1234567 ext. 12'],
		['+12025550143', '+1 202 555 0143'],
		['+33612345678', '+33 6 12 34 56 78'],
		['01701234567', '01701234567'],
		['+999123456', '+999123456'],
	])('the phone number %j is displayed as %j', (stored, display) => {
		expect(formatPhone(stored)).toBe(display);
	});

	it.each([
		[' Ada@Example.COM ', 'ada@example.com'],
		['mailto:ada@example.com', 'ada@example.com'],
		['ada at example.com', null],
		[`${'a'.repeat(250)}@example.com`, null],
		['"Ada Lovelace" <ada@example.com>', 'ada@example.com'],
		['mailto:ada@example.com?subject=Hi', 'ada@example.com'],
		['ada@example.com (work)', 'ada@example.com'],
		['a..b@docomo.ne.jp', 'a..b@docomo.ne.jp'],
		['r&d=x/y@example.com', 'r&d=x/y@example.com'],
		['\u200bada@example.com\u00ad', 'ada@example.com'],
	])('the email address %j gives %j', (text, email) => {
		expect(normalizeEmail(text)).toBe(email);
	});

	it.each([
		['+49 (0)30 / 123-456', '+4930123456'],
		['0049 30 123456', '+4930123456'],
		['(555) 123‑4567', '5551234567'],
		['tel:+1.555.123.4567', '+15551234567'],
		['12345', null],
		['+1234567890123456', null],
		['call me', null],
		['12.03.2027', null],
		['+1 (202) 555-0143 ext. 12', '+12025550143;ext=12'],
		['+12025550143;ext=12', '+12025550143;ext=12'],
		['0170 1234567 ext 3', '01701234567;ext=3'],
		['+49 170 1234567 (WhatsApp), evenings', '+491701234567'],
		['+49 170 1234567 / +49 30 7654321', '+491701234567'],
		['Tel. +49 170 1234567', '+491701234567'],
		['٠١٧٠ ١٢٣٤٥٦٧', '01701234567'],
		['0170 1234567 030 7654321', '01701234567'],
		['https://api.whatsapp.com/send?phone=491701234567', '+491701234567'],
	])('the phone number %j gives %j', (text, phone) => {
		expect(normalizePhone(text)).toBe(phone);
	});

	it.each([
		['0170 1234567', 'DE', '+491701234567'],
		['(202) 555-0143 x12', 'US', '+12025550143;ext=12'],
		['011 49 170 1234567', 'US', '+491701234567'],
		['06 12 34 56 78', 'FR', '+33612345678'],
		['06 12 34 56 78 de 9h à 17h', 'FR', '+33612345678'],
		['+49 170 1234567 9 Uhr bis 17 Uhr', 'DE', '+491701234567'],
		['0170 123 45 67 mobil', 'DE', '+491701234567'],
		['0664 123 45 67 privat', 'AT', '+436641234567'],
		['030 123 456 78 Büro', 'DE', '+493012345678'],
		["+41 79 123'45'67", 'CH', '+41791234567'],
		['(800) 555-ROOF', 'US', '+18005557663'],
		['+33 6 12 34 56 78', 'DE', '+33612345678'],
		['123456', 'DE', '+49123456'],
		['110001 9876543210', 'IN', '+919876543210'],
		['94107 415-555-2671', 'US', '+14155552671'],
	] as const)('the phone number %j in %s gives %j', (text, country, phone) => {
		expect(normalizePhone(text, country)).toBe(phone);
	});
});

describe('normalizing fields', () => {
	it('collapses whitespace in names and keeps line breaks in answers', () => {
		const fields = acceptedFields({ name: ' Ada \n Lovelace ', wishes: ' one\ntwo ' }, 'api');
		expect(Object.fromEntries(fields)).toEqual({ name: 'Ada Lovelace', wishes: 'one\ntwo' });
	});

	it('rejects an invalid value from a program and accepts the other fields', () => {
		const input = {
			email: 'nope',
			phone: 'nope',
			name: 'Ada',
			tags: { a: 1 },
			long: 'x'.repeat(3000),
		};
		const { accepted, rejected } = normalize(input, 'api');
		expect([...accepted]).toEqual([['name', 'Ada']]);
		expect(rejected.map(({ path }) => path)).toEqual(['email', 'phone', 'tags', 'long']);
	});

	it('throws an error for each field when a program sends no valid value', () => {
		const error = catchError(() => acceptedFields({ email: 'nope', phone: 'nope' }, 'api'));
		expect(error.code).toBe('invalid');
		expect(error.errors?.map(({ path }) => path)).toEqual(['email', 'phone']);
	});

	it('throws the reason for an agent’s invalid value', () => {
		expect(
			catchError(() => acceptedFields({ email: 'nope', name: 'Ada' }, 'agent')).errors,
		).toEqual([{ path: 'email', message: 'is not an email address' }]);
	});

	it('drops invisible characters', () => {
		const fields = normalize({ name: '\u200b\u202aAda\u202c\ufeff', family: '👨‍👩‍👧' }, 'api');
		expect(Object.fromEntries(fields.accepted)).toEqual({
			name: 'Ada',
			family: '👨‍👩‍👧',
		});
	});

	it.each(['ai', 'detected'] as const)(
		'drops an invalid value from %s and accepts the other fields',
		(source) => {
			expect([...acceptedFields({ email: 'nope', name: 'Ada' }, source)]).toEqual([
				['name', 'Ada'],
			]);
		},
	);

	it('null clears a field, but is ignored from an AI', () => {
		expect([...acceptedFields({ name: null }, 'api')]).toEqual([['name', null]]);
		expect([...acceptedFields({ name: null }, 'ai')]).toEqual([]);
	});

	it('an empty value clears a field for an agent and is ignored for a program', () => {
		expect([...acceptedFields({ name: '  ' }, 'agent')]).toEqual([['name', null]]);
		expect([...acceptedFields({ name: '  ' }, 'api')]).toEqual([]);
	});

	it('accepts names of built-in object properties as answers', () => {
		const fields = JSON.parse('{"__proto__": "a", "constructor": "b"}') as Record<string, string>;
		expect([...acceptedFields(fields, 'api').keys()]).toEqual(['__proto__', 'constructor']);
	});
});

function catchError(run: () => unknown): AppError {
	try {
		run();
	} catch (error) {
		if (error instanceof AppError) return error;
		throw error;
	}
	throw new Error('expected an error');
}

describe('renaming the fields of a model', () => {
	const QUESTIONS = ['project', 'start_date', 'mobile'];
	it.each<[Record<string, string | number>, Record<string, string | number>]>([
		[
			{ Email: 'a@b.example', NAME: 'Ada' },
			{ email: 'a@b.example', name: 'Ada' },
		],
		[
			{ email_address: 'a@b.example', fullName: 'Ada' },
			{ email: 'a@b.example', name: 'Ada' },
		],
		[{ 'Phone Number': '+49 170 1234567' }, { phone: '+49 170 1234567' }],
		[{ phone_number: 491701234567 }, { phone: 491701234567 }],
		[{ 'company-name': 'Roofs' }, { company: 'Roofs' }],
		[{ Teléfono: '0170 1234567' }, { phone: '0170 1234567' }],
		[{ first_name: 'Ada', lastName: 'Byron' }, { name: 'Ada Byron' }],
		[{ firstName: 'Ada' }, { name: 'Ada' }],
		[{ last_name: 'Byron' }, { last_name: 'Byron' }],
		[
			{ name: 'Ada B.', first_name: 'Ada' },
			{ name: 'Ada B.', first_name: 'Ada' },
		],
		[
			{ email: 'a@b.example', mail: 'c@d.example' },
			{ email: 'a@b.example', mail: 'c@d.example' },
		],
		// A question's own key, and keys that are spelled alike.
		[{ mobile: '0170 1234567' }, { mobile: '0170 1234567' }],
		[
			{ Project: 'A roof', startDate: 'May' },
			{ project: 'A roof', start_date: 'May' },
		],
		// Values that the field doesn't accept.
		[
			{ Email: 'later', tel: 'yes' },
			{ Email: 'later', tel: 'yes' },
		],
		[
			{ shoe_size: 38, toString: 'x' },
			{ shoe_size: 38, toString: 'x' },
		],
	])('%j gives %j', (fields, renamed) => {
		expect(renameFields(fields, QUESTIONS)).toEqual(renamed);
	});
});
