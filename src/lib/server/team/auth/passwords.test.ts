import { describe, expect, it } from 'vitest';
import { newPassword } from '#lib/contract/user.ts';
import { hashPassword, verifyPassword, findWeakness } from './passwords.ts';

describe('passwords', () => {
	it('are hashed with Argon2id, OWASP’s parameters and a unique salt', async () => {
		const [one, two] = await Promise.all([hashPassword('a good one'), hashPassword('a good one')]);
		expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
		expect(one).not.toBe(two);
	});

	it('match only themselves, and never a missing hash', async () => {
		const hash = await hashPassword('a good one');
		expect(await verifyPassword(hash, 'a good one')).toBe(true);
		expect(await verifyPassword(hash, 'a good One')).toBe(false);
		expect(await verifyPassword(undefined, 'a good one')).toBe(false);
	});

	it('match when typed on different keyboards', async () => {
		const hash = await hashPassword(newPassword.parse('cafe\u0301 au lait'));
		expect(await verifyPassword(hash, 'caf\u00e9 au lait')).toBe(true);
		expect(await verifyPassword(hash, 'cafe\u0301 au lait')).toBe(true);
		expect(await verifyPassword(await hashPassword('\ufb01ve m\u00b2'), 'five m2')).toBe(true);
	});

	it.each(['password', 'PassWord123', 'ada@example.com', 'ADA@example.com', 'abababababab'])(
		'refuse %s with the reason',
		(password) => {
			expect(findWeakness(password, 'ada@example.com')).toMatch(/\w+ \w+/);
		},
	);

	it('can’t be the part of the email before the @', () => {
		expect(findWeakness('ada.lovelace', 'Ada.Lovelace@example.com')).toMatch(/email address/);
	});

	it('can be uncommon words', () => {
		expect(findWeakness('tangerine orbit 7', 'ada@example.com')).toBeNull();
	});

	it('have 8 to 200 characters, counted as code points', () => {
		expect(newPassword.safeParse('1234567').success).toBe(false);
		expect(newPassword.safeParse('🌱'.repeat(4)).success).toBe(false);
		expect(newPassword.safeParse('🌱'.repeat(200)).success).toBe(true);
		expect(newPassword.safeParse('x'.repeat(201)).success).toBe(false);
	});
});
