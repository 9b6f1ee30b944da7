import { desc, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
	toActor,
	signInForCookie,
	createUser,
	toCookieHeader,
} from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { authenticate, signIn } from '../auth/index.ts';
import { invitations, mails, user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { getMail } from '#lib/server/delivery/mail/index.ts';
import { resetUses } from '#lib/server/core/rate-limits.ts';
import {
	acceptInvitation,
	cancelInvitation,
	findInvitation,
	findPasswordReset,
	inviteUser,
	listInvitations,
	requestPasswordReset,
	resendInvitation,
	resetPassword,
	updateUser,
} from './index.ts';

const t = useTestApp({ PUBLIC_URL: 'https://chat.example.com' });
const anonymous = () => t.ctx({ type: 'anonymous' });
const from = { ip: '203.0.113.7', cookie: null, user_agent: 'Firefox' };
const DAY = 86_400_000;
const getToken = (link: string | null) => link?.split('/').at(-1) ?? '';
const ended = { code: 'forbidden' };
const newcomer = { name: 'Grace Hopper', password: 'mandarin orbit 8' };

beforeEach(async () => {
	await t.app.db.delete(mails);
	await t.app.db.delete(invitations);
});

describe('an invitation', () => {
	const invite = (email = 'grace@example.com') => inviteUser(t.ctx(), { email, role: 'agent' });

	it('creates a user with its email and role, once', async () => {
		const { link } = await invite();
		expect(link).toMatch(/^https:\/\/chat\.example\.com\/invite\/[\w-]{43}$/);
		const token = getToken(link);
		const accept = () => acceptInvitation(anonymous(), { token, ...newcomer }, from);
		const results = await Promise.allSettled([accept(), accept(), accept()]);
		expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
		await expect(accept()).rejects.toMatchObject(ended);
		expect(await listInvitations(t.ctx())).toEqual([]);
		const created = await t.app.db.select().from(users).where(eq(users.email, 'grace@example.com'));
		expect(created).toMatchObject([{ name: 'Grace Hopper', role: 'agent', is_active: true }]);
		const { email } = { email: 'grace@example.com' };
		await signIn(anonymous(), { email, password: newcomer.password }, from);
	});

	it('shows its link to users and the environment’s key if email isn’t set up', async () => {
		const admin = toActor(await createUser(t.app, { role: 'admin' }));
		const key = { type: 'api_key', id: null, name: 'environment', scopes: ['admin'] } as const;
		for (const actor of [admin, { ...key, scopes: [...key.scopes] }]) {
			const email = `${actor.type}@example.com`;
			const { link, invitation } = await inviteUser(t.ctx(actor), { email, role: 'admin' });
			expect(link).toMatch(/invite/);
			expect((await resendInvitation(t.ctx(actor), invitation.id)).link).toMatch(/invite/);
		}
	});

	it('stores no token that someone who reads the database could use', async () => {
		const { link } = await invite('kept@example.com');
		const kept = [await t.app.db.select().from(invitations), await t.app.db.select().from(mails)];
		expect(JSON.stringify(kept)).not.toContain(getToken(link));
	});

	it('is invalid after 7 days, when canceled, and when sent again', async () => {
		const old = await invite('late@example.com');
		const cancelled = await invite('not@example.com');
		const first = await invite('again@example.com');
		const second = await resendInvitation(t.ctx(), first.invitation.id);
		await cancelInvitation(t.ctx(), cancelled.invitation.id);
		expect(await findInvitation(anonymous(), getToken(second.link))).toBeDefined();
		t.advance(7 * DAY + 1000);
		for (const { link } of [old, cancelled, first]) {
			const token = getToken(link);
			expect(await findInvitation(anonymous(), token)).toBeUndefined();
			const accepting = acceptInvitation(anonymous(), { token, ...newcomer }, from);
			await expect(accepting).rejects.toMatchObject(ended);
		}
		await expect(cancelInvitation(t.ctx(), 999_999)).rejects.toMatchObject({ code: 'not_found' });
	});

	it('is rejected for a teammate, and a second time', async () => {
		const { email } = await createUser(t.app);
		const refusal = { code: 'conflict' };
		await expect(invite(email.toUpperCase())).rejects.toMatchObject(refusal);
		await invite('twice@example.com');
		await expect(invite('TWICE@example.com')).rejects.toMatchObject(refusal);
	});

	it('stays valid when a weak password is rejected', async () => {
		const { link } = await invite('weak@example.com');
		const token = getToken(link);
		const weak = { token, name: 'Grace', password: 'password1' };
		await expect(acceptInvitation(anonymous(), weak, from)).rejects.toMatchObject({
			errors: [{ path: 'password' }],
		});
		await acceptInvitation(anonymous(), { token, ...newcomer }, from);
	});
});

describe('a password reset link', () => {
	const requestReset = (email: string) => requestPasswordReset(anonymous(), { email }, from);

	/** The token of the newest link that was mailed to this address. */
	async function getMailedToken(email: string): Promise<string> {
		const id = await vi.waitUntil(async () => {
			const rows = await t.app.db
				.select({ id: mails.id })
				.from(mails)
				.where(eq(mails.to, email))
				.orderBy(desc(mails.id));
			return rows[0]?.id;
		});
		const { text } = await getMail(t.ctx(), id);
		return /reset-password\/([\w-]+)/.exec(text)?.[1] ?? '';
	}

	it('works once, ends every auth session and the old password, and signs in', async () => {
		const user = await createUser(t.app);
		const old = await signInForCookie(t.app, user);
		await requestReset(user.email.toUpperCase());
		const token = await getMailedToken(user.email);
		const input = { token, password: newcomer.password };
		const { cookie } = await resetPassword(anonymous(), input, from);
		const getActorType = async (header: string) =>
			(await authenticate(t.app, { cookie: header })).type;
		expect(await getActorType(toCookieHeader(cookie))).toBe('user');
		expect(await getActorType(old)).toBe('anonymous');
		await expect(signIn(anonymous(), user, from)).rejects.toMatchObject({ code: 'unauthorized' });
		await expect(resetPassword(anonymous(), input, from)).rejects.toMatchObject(ended);
	});

	it('works for one of two concurrent uses', async () => {
		const user = await createUser(t.app);
		await requestReset(user.email);
		const token = await getMailedToken(user.email);
		const use = (password: string) => resetPassword(anonymous(), { token, password }, from);
		const results = await Promise.allSettled([use('mandarin orbit 8'), use('clementine 9 orbit')]);
		expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
	});

	it('is invalid after an hour, or once the user is disabled', async () => {
		const [late, disabled] = [await createUser(t.app), await createUser(t.app)];
		await createUser(t.app, { role: 'admin' });
		await requestReset(late.email);
		await requestReset(disabled.email);
		const tokens = [await getMailedToken(late.email), await getMailedToken(disabled.email)];
		await updateUser(t.ctx(), disabled.id, { is_active: false });
		t.advance(3_600_001);
		for (const token of tokens) {
			expect(await findPasswordReset(anonymous(), token)).toBeUndefined();
			const input = { token, password: newcomer.password };
			await expect(resetPassword(anonymous(), input, from)).rejects.toMatchObject(ended);
		}
	});

	it('reveals nothing about who is on the team: the same response and limit for everyone', async () => {
		const known = await createUser(t.app);
		const disabled = await createUser(t.app, { is_active: false });
		for (const email of [known.email, disabled.email, 'unknown@example.com']) {
			for (let i = 0; i < 3; i++) expect(await requestReset(email)).toBeUndefined();
			await expect(requestReset(email)).rejects.toMatchObject({ code: 'rate_limited' });
		}
		await getMailedToken(known.email);
		await resetUses(t.app, 'sign_in', '203.0.113.7');
		const addressed = (await t.app.db.select().from(mails)).map(({ to }) => to);
		expect(new Set(addressed)).toEqual(new Set([known.email]));
	});

	it('stores no token, and a setup link doesn’t work here', async () => {
		const user = await createUser(t.app);
		await requestReset(user.email);
		const token = await getMailedToken(user.email);
		const kept = [await t.app.db.select().from(user_tokens), await t.app.db.select().from(mails)];
		expect(JSON.stringify(kept)).not.toContain(token);
		await t.app.db.update(user_tokens).set({ purpose: 'setup' });
		expect(await findPasswordReset(anonymous(), token)).toBeUndefined();
		expect(toActor(user)).toMatchObject({ type: 'user' });
	});
});
