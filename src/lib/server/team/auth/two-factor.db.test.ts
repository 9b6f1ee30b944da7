import { randomUUID } from 'node:crypto';
import { generateHOTP } from 'oslo/otp';
import { base32 } from 'oslo/encoding';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { toActor, createUser, toCookieHeader } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import {
	audit_entries,
	push_subscriptions,
	recovery_codes,
	user_tokens,
	users,
} from '#lib/server/core/db/schema/index.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { resetPassword, signOutEverywhere, updateUser } from '../users/index.ts';
import { changePassword } from './passwords.ts';
import {
	authenticate,
	confirmSignIn,
	createRecoveryCodes,
	disableTwoFactor,
	enableTwoFactor,
	finishSignIn,
	getTwoFactor,
	resetTwoFactor,
	signIn,
	startTwoFactor,
	updateSecuritySettings,
	type SignedIn,
} from './index.ts';

const t = useTestApp();
const anonymous = () => t.ctx({ type: 'anonymous' });
let attemptCount = 0;
/** Returns a different address each time, because attempts from one are limited. */
const from = (cookie: string | null = null) => ({ ip: `192.0.2.${++attemptCount % 250}`, cookie });
const toHeader = ({ cookie }: Pick<SignedIn, 'cookie'>) => toCookieHeader(cookie);
type CreatedUser = Awaited<ReturnType<typeof createUser>>;

const TIME_STEP_MS = 30_000;
/** Returns the code that an authenticator app shows, `steps` from now. */
const createCode = (secret: string, steps = 0) =>
	generateHOTP(
		base32.decode(secret, { strict: false }),
		Math.floor(t.app.clock().getTime() / TIME_STEP_MS) + steps,
	);

const signInWithPassword = ({ email, password }: CreatedUser) =>
	signIn(anonymous(), { email, password }, from());

/** Turns two-factor authentication on for a new user, and moves on to the start of a time step whose code was not used. */
async function createUserWithApp(role: 'admin' | 'agent' = 'agent') {
	const user = await createUser(t.app, { role });
	const ctx = t.ctx(toActor(user));
	const { secret } = await startTwoFactor(ctx);
	const { recovery_codes: codes } = await enableTwoFactor(
		ctx,
		{ code: await createCode(secret) },
		null,
	);
	t.advance(60_000 + TIME_STEP_MS - (t.app.clock().getTime() % TIME_STEP_MS));
	return { user, ctx, secret, codes };
}

describe('two-factor authentication', () => {
	it('requires a code after the password, which grants nothing on its own', async () => {
		const { user, secret } = await createUserWithApp();
		const step = await signInWithPassword(user);
		expect(step.needs_code).toBe(true);
		const half = toHeader(step);
		expect((await authenticate(t.app, { cookie: half })).type).toBe('anonymous');
		const forged = `frontdesk_session=${step.cookie.value}`;
		expect((await authenticate(t.app, { cookie: forged })).type).toBe('anonymous');

		await expect(finishSignIn(anonymous(), { code: '000000' }, from(half))).rejects.toMatchObject({
			code: 'invalid',
		});
		const done = await finishSignIn(anonymous(), { code: await createCode(secret) }, from(half));
		expect(await authenticate(t.app, { cookie: toHeader(done) })).toMatchObject({ id: user.id });
		await expect(
			finishSignIn(anonymous(), { code: await createCode(secret, 1) }, from(half)),
		).rejects.toMatchObject({ code: 'forbidden' });
	});

	it('accepts codes one step early or late, and no code twice', async () => {
		const { user, secret } = await createUserWithApp();
		const tryCode = async (code: string) =>
			finishSignIn(anonymous(), { code }, from(toHeader(await signInWithPassword(user))));
		await expect(tryCode(await createCode(secret, 2))).rejects.toThrow('incorrect');
		await tryCode(await createCode(secret, -1));
		await expect(tryCode(await createCode(secret, -1))).rejects.toThrow('already used');
		await tryCode(await createCode(secret, 1));
		// An attacker may have seen an earlier code.
		await expect(tryCode(await createCode(secret, 0))).rejects.toThrow('already used');
	});

	it('accepts a code once, even concurrently', async () => {
		const { user, secret } = await createUserWithApp();
		const steps = await Promise.all([
			signInWithPassword(user),
			signInWithPassword(user),
			signInWithPassword(user),
		]);
		const code = await createCode(secret);
		const results = await Promise.allSettled(
			steps.map((step) => finishSignIn(anonymous(), { code }, from(toHeader(step)))),
		);
		expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
	});

	it('accepts each recovery code once, stores only hashes, and replaces earlier codes', async () => {
		const { user, ctx, codes } = await createUserWithApp();
		const tryCode = async (code = '') =>
			finishSignIn(anonymous(), { code }, from(toHeader(await signInWithPassword(user))));
		expect(JSON.stringify(await t.app.db.select().from(recovery_codes))).not.toContain(codes[0]);
		await tryCode(codes[0]?.toUpperCase().replaceAll('-', ' '));
		await expect(tryCode(codes[0])).rejects.toMatchObject({ code: 'invalid' });
		expect(await getTwoFactor(ctx)).toMatchObject({ is_enabled: true, recovery_codes_left: 9 });
		const fresh = await createRecoveryCodes(ctx);
		await expect(tryCode(codes[1])).rejects.toMatchObject({ code: 'invalid' });
		await tryCode(fresh.recovery_codes[0]);
	});

	it('rejects guesses after ten codes, even if the password is entered again', async () => {
		const { user, secret } = await createUserWithApp();
		const half = toHeader(await signInWithPassword(user));
		for (let guess = 0; guess < 10; guess++) {
			await finishSignIn(anonymous(), { code: '000000' }, from(half)).catch(() => undefined);
		}
		const again = toHeader(await signInWithPassword(user));
		await expect(
			finishSignIn(anonymous(), { code: await createCode(secret) }, from(again)),
		).rejects.toMatchObject({ code: 'rate_limited' });
	});

	it('cancels a pending second step when the password changes, the auth sessions end or the user is disabled', async () => {
		const [{ user, secret, ctx }, { ctx: admin }] = [
			await createUserWithApp(),
			await createUserWithApp('admin'),
		];
		const id = user.id;
		let password = user.password;
		const setPassword = async (next: string) => {
			await changePassword(ctx, { current_password: password, new_password: next }, from());
			password = next;
		};
		const reset = async (next: string) => {
			const token = randomUUID();
			await t.app.db.insert(user_tokens).values({
				token_hash: sha256(token),
				purpose: 'password_reset',
				user_id: id,
				expires_at: new Date(t.app.clock().getTime() + 60_000),
			});
			await resetPassword(anonymous(), { token, password: next }, from());
			password = next;
		};
		for (const end of [
			() => setPassword('clementine 9 orbit'),
			() => reset('mandarin orbit 8'),
			() => signOutEverywhere(admin, id),
			() => updateUser(admin, id, { role: 'admin' }),
			() => updateUser(admin, id, { is_active: false }),
		]) {
			const half = toHeader(await signInWithPassword({ ...user, password }));
			await end();
			await expect(
				finishSignIn(anonymous(), { code: await createCode(secret) }, from(half)),
			).rejects.toMatchObject({ code: 'forbidden' });
			t.advance(60_000);
		}
	});

	it('keeps a pending second step for ten minutes', async () => {
		const { user, secret } = await createUserWithApp();
		const [late, later] = [
			toHeader(await signInWithPassword(user)),
			toHeader(await signInWithPassword(user)),
		];
		t.advance(599_000);
		await finishSignIn(anonymous(), { code: await createCode(secret) }, from(late));
		t.advance(31_000);
		await expect(
			finishSignIn(anonymous(), { code: await createCode(secret) }, from(later)),
		).rejects.toMatchObject({ code: 'forbidden' });
	});

	it('shows the same secret in every tab until it is on, and stores it encrypted', async () => {
		const user = await createUser(t.app);
		const ctx = t.ctx(toActor(user));
		const [one, two] = await Promise.all([startTwoFactor(ctx), startTwoFactor(ctx)]);
		expect(one).toEqual(two);
		expect(one.uri).toMatch(/^otpauth:\/\/totp\//);
		await expect(enableTwoFactor(ctx, { code: '000000' }, null)).rejects.toMatchObject({
			code: 'invalid',
		});
		await enableTwoFactor(ctx, { code: await createCode(one.secret) }, null);
		await expect(startTwoFactor(ctx)).rejects.toMatchObject({ code: 'conflict' });
		const [row] = await t.app.db.select().from(users).where(eq(users.id, user.id));
		expect(JSON.stringify(row)).not.toContain(one.secret);
	});

	it('keeps the push notifications of the browser that turns it on, and ends those of others', async () => {
		const user = await createUser(t.app);
		const [here, elsewhere] = [await signInWithPassword(user), await signInWithPassword(user)];
		const subscriptions = [here, elsewhere].map(({ cookie }) => ({
			user_id: user.id,
			auth_session_id: sha256(cookie.value),
			endpoint: `https://push.example/${cookie.value}`,
			sealed_keys: 'x',
		}));
		await t.app.db.insert(push_subscriptions).values(subscriptions);
		const ctx = t.ctx(toActor(user));
		const { secret } = await startTwoFactor(ctx);
		const code = await createCode(secret);
		const { cookie } = await enableTwoFactor(ctx, { code }, toHeader(here));
		const stored = await t.app.db
			.select()
			.from(push_subscriptions)
			.where(eq(push_subscriptions.user_id, user.id));
		expect(stored).toMatchObject([
			{
				endpoint: `https://push.example/${here.cookie.value}`,
				auth_session_id: sha256(cookie?.value ?? ''),
			},
		]);
	});

	it('when required of everyone, allows only its setup at the next sign-in', async () => {
		const { ctx: admin } = await createUserWithApp('admin');
		const lax = await createUser(t.app, { role: 'admin' });
		const before = toHeader(await signInWithPassword(lax));
		await expect(
			updateSecuritySettings(t.ctx(toActor(lax)), { requires_two_factor: true }),
		).rejects.toMatchObject({ code: 'conflict' });
		await updateSecuritySettings(admin, { requires_two_factor: true });
		try {
			expect((await authenticate(t.app, { cookie: before })).type).toBe('user');
			const cookie = toHeader(await signInWithPassword(lax));
			const actor = await authenticate(t.app, { cookie });
			expect(actor.type).toBe('enrolling');
			const ctx = t.ctx(actor);
			await expect(
				changePassword(ctx, { current_password: 'x', new_password: 'long enough' }, from()),
			).rejects.toMatchObject({ code: 'unauthorized' });
			const { secret } = await startTwoFactor(ctx);
			const enabled = await enableTwoFactor(ctx, { code: await createCode(secret) }, cookie);
			expect(enabled.cookie?.value).toMatch(/^\w{30,}$/);
			const rotated = `${enabled.cookie?.name}=${enabled.cookie?.value}`;
			expect((await authenticate(t.app, { cookie: rotated })).type).toBe('user');
			expect((await authenticate(t.app, { cookie })).type).toBe('anonymous');
			expect((await authenticate(t.app, { cookie: before })).type).toBe('anonymous');
			await expect(disableTwoFactor(t.ctx(toActor(lax)))).rejects.toMatchObject({
				code: 'conflict',
			});
		} finally {
			await updateSecuritySettings(t.ctx(), { requires_two_factor: false });
		}
	});

	it('can be reset by a signed-in admin, which signs the user out everywhere and is audited', async () => {
		const { user, secret } = await createUserWithApp();
		const half = toHeader(await signInWithPassword(user));
		const done = await finishSignIn(anonymous(), { code: await createCode(secret) }, from(half));
		const key = { type: 'api_key' as const, id: 1, name: 'n8n', scopes: ['admin' as const] };
		await expect(resetTwoFactor(t.ctx(key), user.id)).rejects.toMatchObject({ code: 'forbidden' });
		const admin = await createUser(t.app, { role: 'admin' });
		await resetTwoFactor(t.ctx(toActor(admin)), user.id);
		expect((await authenticate(t.app, { cookie: toHeader(done) })).type).toBe('anonymous');
		expect((await signInWithPassword(user)).needs_code).toBeUndefined();
		const acts = await t.app.db
			.select()
			.from(audit_entries)
			.where(eq(audit_entries.action, 'user.two_factor_reset'));
		expect(acts).toMatchObject([{ user_id: admin.id, target_id: String(user.id) }]);
	});
});

describe('a recent sign-in', () => {
	it('lasts 15 minutes, and is renewed by password and code', async () => {
		const { user, secret } = await createUserWithApp('admin');
		const half = toHeader(await signInWithPassword(user));
		const cookie = toHeader(
			await finishSignIn(anonymous(), { code: await createCode(secret) }, from(half)),
		);
		const ctx = async () => t.ctx(await authenticate(t.app, { cookie }));
		await createRecoveryCodes(await ctx());
		t.advance(15 * 60_000);
		await expect(createRecoveryCodes(await ctx())).rejects.toMatchObject({
			code: 'confirmation_required',
		});
		const { password } = user;
		for (const wrong of [
			{ password: 'wrong', code: await createCode(secret) },
			{ password, code: '' },
			{ password, code: '000000' },
		]) {
			await expect(confirmSignIn(await ctx(), wrong, from(cookie))).rejects.toMatchObject({
				code: 'invalid',
			});
		}
		const right = { password, code: await createCode(secret) };
		const confirmed = await confirmSignIn(await ctx(), right, from(cookie));
		// Someone who copied the old cookie doesn't share the rights that were confirmed.
		expect((await authenticate(t.app, { cookie })).type).toBe('anonymous');
		const renewed = `${confirmed?.name}=${confirmed?.value}`;
		await createRecoveryCodes(t.ctx(await authenticate(t.app, { cookie: renewed })));
	});

	it('isn’t renewed by changing the password, which takes no code', async () => {
		const { user, secret } = await createUserWithApp();
		const half = toHeader(await signInWithPassword(user));
		const done = await finishSignIn(anonymous(), { code: await createCode(secret) }, from(half));
		const ctx = async (signedIn: SignedIn) =>
			t.ctx(await authenticate(t.app, { cookie: toHeader(signedIn) }));
		t.advance(15 * 60_000);
		const input = { current_password: user.password, new_password: 'mandarin orbit 8' };
		const changed = await changePassword(await ctx(done), input, from());
		await expect(disableTwoFactor(await ctx(changed))).rejects.toMatchObject({
			code: 'confirmation_required',
		});
	});
});

describe('an auth session', () => {
	it('ends after 12 hours without use or 30 days with it; an open socket doesn’t count as use', async () => {
		const user = await createUser(t.app);
		const used = toHeader(await signInWithPassword(user));
		const idle = toHeader(await signInWithPassword(user));
		const getActorType = async (cookie: string, isPassive = false) =>
			(await authenticate(t.app, { cookie, isPassive })).type;
		const HOURS = 3_600_000;
		const noted = async (cookie: string) => {
			await getActorType(cookie);
			// Stored without delaying the request.
			await expect.poll(async () => isSeenNow(user.id)).toBe(true);
		};
		const isSeenNow = async (id: number) => {
			const [row] = await t.app.db.select().from(users).where(eq(users.id, id));
			return t.app.clock().getTime() - (row?.last_seen_at?.getTime() ?? 0) < 60_000;
		};
		for (let day = 0; day < 2; day++) {
			t.advance(11 * HOURS);
			await noted(used);
			expect(await getActorType(idle, true)).toBe(day === 0 ? 'user' : 'anonymous');
		}
		expect(await getActorType(used)).toBe('user');
		for (let half = 0; half < 64; half++) {
			t.advance(11 * HOURS);
			if ((await getActorType(used)) === 'anonymous') break;
			await expect.poll(async () => isSeenNow(user.id)).toBe(true);
		}
		t.advance(HOURS);
		expect(await getActorType(used)).toBe('anonymous');
	});
});
