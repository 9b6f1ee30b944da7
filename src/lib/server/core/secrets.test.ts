import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecrets } from './secrets.ts';

/** Seals a value in the format that was used before sealed values named their key. */
function sealLegacy(key: string, plain: string): string {
	const derived = Buffer.from(hkdfSync('sha256', key, '', 'frontdesk seal', 32));
	const nonce = randomBytes(12);
	const cipher = createCipheriv('aes-256-gcm', derived, nonce);
	const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
	return Buffer.concat([nonce, cipher.getAuthTag(), data]).toString('base64');
}

describe('a new SECRET_KEY', () => {
	const old = createSecrets('the old secret key');
	const rotated = createSecrets('the new secret key', ['the old secret key']);
	const current = createSecrets('the new secret key');

	it('opens values sealed with the previous key, including those in the format without key ids', () => {
		for (const sealed of [old.seal('hunter2'), sealLegacy('the old secret key', 'hunter2')]) {
			expect(rotated.open(sealed)).toBe('hunter2');
			expect(rotated.isCurrent(sealed)).toBe(false);
			expect(() => current.open(sealed)).toThrow();
		}
		const sealed = rotated.seal('hunter2');
		expect(rotated.isCurrent(sealed)).toBe(true);
		expect(current.open(sealed)).toBe('hunter2');
		expect(() => old.open(sealed)).toThrow('not among the current keys');
	});

	it('verifies visitor tokens and resume links of the previous key, and signs with the new one', () => {
		const token = old.createVisitorToken('session_a', { version: 2 });
		expect(rotated.readVisitorToken('session_a', token)).toMatchObject({ version: 2 });
		expect(current.readVisitorToken('session_a', token)).toBeUndefined();
		expect(
			current.readVisitorToken('session_a', rotated.createVisitorToken('session_a')),
		).toBeDefined();
		const until = new Date(Date.now() + 60_000);
		const link = old.createResumeToken('session_a', 1, until);
		const claim = { session_id: 'session_a', version: 1 };
		expect(rotated.readResumeToken(link, new Date())).toEqual(claim);
		expect(current.readResumeToken(link, new Date())).toBeUndefined();
		expect(rotated.readResumeToken(link, until)).toBeUndefined();
	});

	it('keeps the installation id while both keys are configured', () => {
		expect(rotated.installationId).toBe(old.installationId);
	});
});
