import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecrets } from './secrets.ts';

/** As values were sealed before they named their key. */
function sealedBefore(key: string, plain: string): string {
	const derived = Buffer.from(hkdfSync('sha256', key, '', 'frontdesk seal', 32));
	const nonce = randomBytes(12);
	const cipher = createCipheriv('aes-256-gcm', derived, nonce);
	const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
	return Buffer.concat([nonce, cipher.getAuthTag(), data]).toString('base64');
}

describe('a new SECRET_KEY', () => {
	const old = createSecrets('the old secret key');
	const rotated = createSecrets('the new secret key', ['the old secret key']);
	const alone = createSecrets('the new secret key');

	it('opens what the previous one sealed, also from before key ids', () => {
		for (const sealed of [old.seal('hunter2'), sealedBefore('the old secret key', 'hunter2')]) {
			expect(rotated.open(sealed)).toBe('hunter2');
			expect(rotated.isCurrent(sealed)).toBe(false);
			expect(() => alone.open(sealed)).toThrow();
		}
		const sealed = rotated.seal('hunter2');
		expect(rotated.isCurrent(sealed)).toBe(true);
		expect(alone.open(sealed)).toBe('hunter2');
		expect(() => old.open(sealed)).toThrow('not among the current keys');
	});

	it('still reads the visitors’ tokens and resume links of the previous one, and signs with the new one', () => {
		const token = old.visitorToken('session_a', { version: 2 });
		expect(rotated.readVisitorToken('session_a', token)).toMatchObject({ version: 2 });
		expect(alone.readVisitorToken('session_a', token)).toBeUndefined();
		expect(alone.readVisitorToken('session_a', rotated.visitorToken('session_a'))).toBeDefined();
		const until = new Date(Date.now() + 60_000);
		const link = old.resumeToken('session_a', 1, until);
		const claim = { session_id: 'session_a', version: 1 };
		expect(rotated.readResumeToken(link, new Date())).toEqual(claim);
		expect(alone.readResumeToken(link, new Date())).toBeUndefined();
		expect(rotated.readResumeToken(link, until)).toBeUndefined();
	});

	it('leaves the installation the same while both keys are there', () => {
		expect(rotated.installation).toBe(old.installation);
	});
});
