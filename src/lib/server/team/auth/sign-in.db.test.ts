import { eq } from 'drizzle-orm';
import { Argon2id } from 'oslo/password';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createUser, toCookieHeader } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { createApp } from '#lib/server/create-app.ts';
import { createSystemContext, type App } from '#lib/server/core/context.ts';
import { auth_sessions, users } from '#lib/server/core/db/schema/index.ts';
import { authenticate, signIn, signOut, type AuthCookie } from './index.ts';
import { countAttempt, resetAttempts } from './internal.ts';
import { hashPassword } from './passwords.ts';
import { countCodeAttempt } from './second-factor.ts';

const t = useTestApp();
const createBrowser = (ip = '203.0.113.7', cookie: string | null = null) => ({ ip, cookie });
const toHeader = (cookie: AuthCookie) => `theme=dark; ${toCookieHeader(cookie)}`;
const createAppAt = (publicUrl: string): App => ({
	...t.app,
	config: { ...t.app.config, publicUrl },
});

afterEach(() => vi.restoreAllMocks());

describe('signing in', () => {
	it('returns a cookie that authenticates the user, whatever the case of the email', async () => {
		const user = await createUser(t.app, { role: 'admin' });
		const input = { email: ` ${user.email.toUpperCase()} `, password: user.password };
		const { cookie, user: shown } = await signIn(
			t.ctx({ type: 'anonymous' }),
			input,
			createBrowser(),
		);
		expect(shown).toMatchObject({ id: user.id, email: user.email });
		expect(JSON.stringify(shown)).not.toContain('argon2');
		expect(await authenticate(t.app, { cookie: toHeader(cookie) })).toEqual({
			type: 'user',
			id: user.id,
			name: user.name,
			email: user.email,
			role: 'admin',
			confirmed_at: expect.any(Date) as Date,
		});
	});

	it('sets a cookie that scripts and other sites can’t use, and that is Secure on https only', async () => {
		const user = await createUser(t.app);
		const plain = await signIn(t.ctx(), user, createBrowser());
		expect(plain.cookie.serialize()).toMatch(/^frontdesk_session=\w{40}; /);
		expect(plain.cookie.serialize().split('; ')).toEqual(
			expect.arrayContaining(['HttpOnly', 'SameSite=Lax', 'Path=/']),
		);
		expect(plain.cookie.attributes).toMatchObject({
			httpOnly: true,
			sameSite: 'lax',
			secure: false,
		});
		const app = createAppAt('https://desk.example.com');
		const safe = await signIn({ ...t.ctx(), app }, user, createBrowser());
		expect(safe.cookie.serialize()).toContain('Secure');
		expect(safe.cookie.attributes.secure).toBe(true);
	});

	it('starts a new auth session and ends the browser’s previous one', async () => {
		const user = await createUser(t.app);
		const elsewhere = toHeader((await signIn(t.ctx(), user, createBrowser())).cookie);
		const first = toHeader((await signIn(t.ctx(), user, createBrowser())).cookie);
		const second = toHeader((await signIn(t.ctx(), user, createBrowser(undefined, first))).cookie);
		expect(second).not.toBe(first);
		const types = [elsewhere, first, second].map(
			async (cookie) => (await authenticate(t.app, { cookie })).type,
		);
		expect(await Promise.all(types)).toEqual(['user', 'anonymous', 'user']);
	});

	it('stores nothing that a cookie could be made from', async () => {
		const user = await createUser(t.app);
		const { cookie } = await signIn(t.ctx(), user, createBrowser());
		const rows = await t.app.db
			.select()
			.from(auth_sessions)
			.where(eq(auth_sessions.userId, user.id));
		expect(rows).toHaveLength(1);
		expect(JSON.stringify(rows)).not.toContain(cookie.value);
		const forged = `frontdesk_session=${rows[0]?.id}`;
		expect(await authenticate(t.app, { cookie: forged })).toEqual({ type: 'anonymous' });
	});

	it('signing out ends the auth session and clears the cookie', async () => {
		const user = await createUser(t.app);
		const cookie = toHeader((await signIn(t.ctx(), user, createBrowser())).cookie);
		const blank = await signOut(t.ctx(), cookie);
		expect(blank.serialize()).toMatch(/^frontdesk_session=; .*Max-Age=0/);
		expect(await authenticate(t.app, { cookie })).toEqual({ type: 'anonymous' });
	});
});

describe('a rejected sign-in', () => {
	it('responds the same, in the same time, for an unknown email, a wrong password and a disabled user', async () => {
		const user = await createUser(t.app);
		const disabled = await createUser(t.app, { is_active: false });
		const verify = vi.spyOn(Argon2id.prototype, 'verify');
		const refusals = [
			{ email: 'nobody@example.com', password: user.password },
			{ email: user.email, password: 'not the password' },
			{ email: disabled.email, password: disabled.password },
		].map(async (input) => {
			const fault: unknown = await signIn(t.ctx(), input, createBrowser()).catch((e: unknown) => e);
			return fault;
		});
		const [unknown, ...others] = await Promise.all(refusals);
		expect(unknown).toMatchObject({
			code: 'unauthorized',
			message: 'The email or password is incorrect.',
		});
		for (const other of others) expect(other).toEqual(unknown);
		expect(verify).toHaveBeenCalledTimes(3);
		expect(verify.mock.calls.every(([hash]) => hash.includes('m=19456,t=2,p=1'))).toBe(true);
	});

	it('applies if the password changes while the old one is being checked', async () => {
		const user = await createUser(t.app);
		vi.spyOn(Argon2id.prototype, 'verify').mockImplementationOnce(async () => {
			const password_hash = await hashPassword('another password');
			await t.app.db.update(users).set({ password_hash }).where(eq(users.id, user.id));
			return true;
		});
		await expect(signIn(t.ctx(), user, createBrowser())).rejects.toMatchObject({
			code: 'unauthorized',
		});
	});

	it('names the malformed field', async () => {
		const fault = signIn(t.ctx(), { email: 'ada', password: '' }, createBrowser());
		await expect(fault).rejects.toMatchObject({
			code: 'invalid',
			errors: [{ path: 'email' }, { path: 'password' }],
		});
	});
});

describe('too many attempts', () => {
	const attempt = (ip: string, email: string) =>
		countAttempt(t.app, ip, email).then(
			() => 'counted',
			(fault: unknown) => fault,
		);
	const refusal = { code: 'rate_limited', retryAfter: expect.any(Number) as number };

	it.each(['known', 'unknown'])(
		'for one email are rejected from any network (%s)',
		async (kind) => {
			const user = await createUser(t.app);
			const email = kind === 'known' ? user.email : `${kind}@example.com`;
			for (let i = 0; i < 10; i++) expect(await attempt(`198.51.100.${i}`, email)).toBe('counted');
			const input = { email, password: user.password };
			await expect(signIn(t.ctx(), input, createBrowser('192.0.2.1'))).rejects.toMatchObject(
				refusal,
			);
			expect(await attempt('192.0.2.1', 'somebody.else@example.com')).toBe('counted');
		},
	);

	it('from one network are rejected, for any email', async () => {
		for (let i = 0; i < 50; i++) {
			expect(await attempt(`2001:db8:1:2::${i}`, `guess-${i}@example.com`)).toBe('counted');
		}
		expect(await attempt('2001:db8:1:2:ffff::1', 'one-more@example.com')).toMatchObject(refusal);
		expect(await attempt('2001:db8:1:3::1', 'one-more@example.com')).toBe('counted');
	});

	it('are counted across processes and restarts', async () => {
		const user = await createUser(t.app);
		const other = createApp({
			config: t.app.config,
			databaseUrl: t.databaseUrl,
			secretKey: 'a secret key for tests only',
		});
		try {
			const ips = (i: number) => `198.51.100.${100 + i}`;
			for (let i = 0; i < 10; i++) {
				await countAttempt(i % 2 === 0 ? t.app : other.app, ips(i), user.email);
				await countCodeAttempt(i % 2 === 0 ? t.ctx() : createSystemContext(other.app), user.id);
			}
			for (const app of [t.app, other.app]) {
				await expect(countAttempt(app, ips(11), user.email)).rejects.toMatchObject(refusal);
				await expect(countCodeAttempt(createSystemContext(app), user.id)).rejects.toMatchObject(
					refusal,
				);
			}
			await resetAttempts(other.app, user.email);
			await countAttempt(t.app, ips(12), user.email);
		} finally {
			await other.close();
		}
	});

	it('made concurrently are each counted', async () => {
		const tries = Array.from({ length: 25 }, (_, i) =>
			attempt(`198.51.100.${150 + i}`, 'a@b.example'),
		);
		const results = await Promise.all(tries);
		expect(results.filter((result) => result === 'counted')).toHaveLength(10);
	});

	it('are reset by a correct password', async () => {
		const user = await createUser(t.app);
		for (let i = 0; i < 9; i++) await attempt('203.0.113.9', user.email);
		await signIn(t.ctx(), user, createBrowser());
		expect(await attempt('203.0.113.9', user.email)).toBe('counted');
	});

	it('are not counted with RATE_LIMIT=off', async () => {
		const app = { ...t.app, config: { ...t.app.config, isRateLimited: false } };
		for (let i = 0; i < 60; i++) await countAttempt(app, '203.0.113.50', 'off@example.com');
		expect(await attempt('203.0.113.50', 'off@example.com')).toBe('counted');
	});
});
