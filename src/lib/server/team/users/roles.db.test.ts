import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { toActor, signInForCookie, createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { listAuditEntries } from '../audit/index.ts';
import { authenticate, signIn } from '../auth/index.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import {
	cancelInvitation,
	endOtherAuthSessions,
	inviteUser,
	listInvitations,
	listOwnAuthSessions,
	resendInvitation,
	signOutEverywhere,
	findPhoto,
	updateProfile,
	updateUser,
} from './index.ts';

const t = useTestApp();
const getActorType = async (cookie: string) => (await authenticate(t.app, { cookie })).type;
const createAdmin = () => createUser(t.app, { role: 'admin' });
const listActiveAdmins = async () =>
	(await t.app.db.select().from(users)).filter((user) => user.role === 'admin' && user.is_active);

beforeEach(async () => {
	await t.app.db.delete(users);
});

describe('an agent', () => {
	it('is rejected by every verb for admins', async () => {
		const { id, ...rest } = await createUser(t.app);
		const agent = t.ctx(toActor({ id, ...rest }));
		const refusal = { code: 'forbidden' };
		for (const act of [
			() => updateUser(agent, id, { role: 'admin' }),
			() => signOutEverywhere(agent, id),
			() => inviteUser(agent, { email: 'new@example.com', role: 'admin' }),
			() => listInvitations(agent),
			() => resendInvitation(agent, 1),
			() => cancelInvitation(agent, 1),
			() => listAuditEntries(agent, {}),
		]) {
			await expect(act()).rejects.toMatchObject(refusal);
		}
	});
});

describe('a new email', () => {
	it('is used to sign in, is audited, and can’t belong to another user', async () => {
		const [user, other] = [await createUser(t.app), await createUser(t.app)];
		const taken = updateUser(t.ctx(), user.id, { email: other.email.toUpperCase() });
		await expect(taken).rejects.toMatchObject({ code: 'conflict' });
		const email = `new.${user.email}`;
		expect(await updateUser(t.ctx(), user.id, { email })).toMatchObject({ email });
		const from = { ip: '203.0.113.7', cookie: null, user_agent: 'Firefox' };
		const { password } = user;
		const anonymous = t.ctx({ type: 'anonymous' });
		await expect(signIn(anonymous, { email: user.email, password }, from)).rejects.toThrow();
		await signIn(anonymous, { email, password }, from);
		const { items } = await listAuditEntries(t.ctx(), { action: 'user.updated' });
		expect(items[0]?.detail).toEqual({ email: { from: user.email, to: email } });
	});
});

describe('the last active admin', () => {
	it('can’t be disabled or made an agent', async () => {
		const last = await createAdmin();
		await createUser(t.app, { role: 'admin', is_active: false });
		for (const patch of [{ is_active: false }, { role: 'agent' as const }]) {
			await expect(updateUser(t.ctx(), last.id, patch)).rejects.toMatchObject({ code: 'conflict' });
		}
		expect(await updateUser(t.ctx(), last.id, { name: 'Grace' })).toMatchObject({ name: 'Grace' });
		expect(await listActiveAdmins()).toHaveLength(1);
	});

	it('remains when two admins demote each other concurrently', async () => {
		for (let round = 0; round < 5; round++) {
			await t.app.db.delete(users);
			const [a, b] = [await createAdmin(), await createAdmin()];
			const results = await Promise.allSettled([
				updateUser(t.ctx(toActor(a)), b.id, { role: 'agent' }),
				updateUser(t.ctx(toActor(b)), a.id, { is_active: false }),
			]);
			expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
			expect(await listActiveAdmins()).toHaveLength(1);
		}
	});

	it('remains when all are demoted concurrently', async () => {
		const all = [await createAdmin(), await createAdmin(), await createAdmin()];
		const leave = (user: (typeof all)[number]) =>
			updateUser(t.ctx(toActor(user)), user.id, { role: 'agent' });
		await Promise.allSettled(all.map(leave));
		expect(await listActiveAdmins()).toHaveLength(1);
	});
});

describe('changing a role or disabling a user', () => {
	it.each([{ role: 'admin' as const }, { is_active: false }])(
		'%j ends every auth session of that user alone, and is kept in the audit log',
		async (patch) => {
			const [boss, user, other] = [
				await createAdmin(),
				await createUser(t.app),
				await createUser(t.app),
			];
			const [cookie, others] = [
				await signInForCookie(t.app, user),
				await signInForCookie(t.app, other),
			];
			const events: unknown[] = [];
			const stop = t.app.events.onPublished((event) => events.push(event));
			await updateUser(t.ctx(toActor(boss)), user.id, patch);
			stop();
			expect([await getActorType(cookie), await getActorType(others)]).toEqual([
				'anonymous',
				'user',
			]);
			expect(events).toContainEqual({ name: 'user.signed_out', payload: { user_id: user.id } });
			const { items } = await listAuditEntries(t.ctx(), { user_id: boss.id });
			expect(items).toMatchObject([
				{
					action: patch.role ? 'user.role_changed' : 'user.disabled',
					target: { id: String(user.id) },
				},
			]);
		},
	);

	it('is rejected for an unknown user or without a change', async () => {
		const user = await createUser(t.app);
		await expect(updateUser(t.ctx(), user.id, {})).rejects.toMatchObject({ code: 'invalid' });
		await expect(updateUser(t.ctx(), 999_999, { name: 'X' })).rejects.toMatchObject({
			code: 'not_found',
		});
	});
});

describe('signing out', () => {
	it('everywhere ends all auth sessions', async () => {
		const user = await createUser(t.app);
		const cookies = [await signInForCookie(t.app, user), await signInForCookie(t.app, user)];
		await signOutEverywhere(t.ctx(), user.id);
		for (const cookie of cookies) expect(await getActorType(cookie)).toBe('anonymous');
		await expect(signOutEverywhere(t.ctx(), 999_999)).rejects.toMatchObject({ code: 'not_found' });
	});

	it('other browsers keeps this one, and no listed id can be used to sign in', async () => {
		const user = await createUser(t.app);
		const [mine, old] = [await signInForCookie(t.app, user), await signInForCookie(t.app, user)];
		const ctx = t.ctx(toActor(user));
		const listed = await listOwnAuthSessions(ctx, mine);
		expect(listed.map(({ is_current }) => is_current).sort()).toEqual([false, true]);
		for (const { id } of listed) {
			expect(await getActorType(`frontdesk_session=${id}`)).toBe('anonymous');
		}
		await endOtherAuthSessions(ctx, mine);
		expect([await getActorType(mine), await getActorType(old)]).toEqual(['user', 'anonymous']);
		await expect(endOtherAuthSessions(ctx, null)).rejects.toMatchObject({ code: 'unauthorized' });
	});
});

describe('a profile', () => {
	it('can be changed by its user: name, time zone and daily summary', async () => {
		const user = await createUser(t.app);
		const ctx = t.ctx(toActor(user));
		const input = { name: 'Grace', time_zone: 'Europe/Berlin', wants_daily_summary: true };
		expect(await updateProfile(ctx, input)).toMatchObject(input);
		expect(await updateProfile(ctx, { ...input, time_zone: '' })).toMatchObject({
			time_zone: null,
		});
		const wrong = updateProfile(ctx, { ...input, time_zone: 'Mars/Base' });
		await expect(wrong).rejects.toMatchObject({ errors: [{ path: 'time_zone' }] });
		await expect(updateProfile(t.ctx(), input)).rejects.toMatchObject({ code: 'unauthorized' });
		const [row] = await t.app.db.select().from(users).where(eq(users.id, user.id));
		expect(row?.role).toBe('agent');
	});

	it('has a photo, which is stored once and deleted with its last user', async () => {
		const [ada, eve] = [await createUser(t.app), await createUser(t.app)];
		const picture =
			'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
		const save = (user: typeof ada, given: string) =>
			updateProfile(t.ctx(toActor(user)), { name: 'Ada', picture: given });
		const { photo } = await save(ada, picture);
		expect(photo).toMatch(/^\/widget\/photos\/[0-9a-f]{64}$/);
		expect(await save(eve, picture)).toMatchObject({ photo, picture });
		const key = photo?.split('/').at(-1) ?? '';
		await save(ada, '');
		expect(await findPhoto(t.ctx(), key)).toBe(picture);
		expect(await save(eve, '')).toMatchObject({ photo: null, picture: '' });
		expect(await findPhoto(t.ctx(), key)).toBeUndefined();
		const script = 'data:image/svg+xml;base64,PHN2Zz4=';
		await expect(save(ada, script)).rejects.toMatchObject({ errors: [{ path: 'picture' }] });
	});
});
