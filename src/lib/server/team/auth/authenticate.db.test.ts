import { eq } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { auth_sessions, users } from '#lib/server/core/db/schema/index.ts';
import { authenticate, signIn } from './index.ts';
import { deleteExpiredAuthSessions } from './unchecked.ts';

const ENVIRONMENT_KEY = 'a key from the environment';
const t = useTestApp({ API_KEY: ENVIRONMENT_KEY });
const DAY_MS = 86_400_000;

async function createSignedInUser() {
	const user = await createUser(t.app);
	const { cookie } = await signIn(t.ctx(), user, { ip: '203.0.113.7', cookie: null });
	return { user, cookie: `${cookie.name}=${cookie.value}` };
}

const setExpiry = (userId: number, ms: number) =>
	t.app.db
		.update(auth_sessions)
		.set({ expiresAt: new Date(Date.now() + ms) })
		.where(eq(auth_sessions.userId, userId));

const listRows = (userId: number) =>
	t.app.db.select().from(auth_sessions).where(eq(auth_sessions.userId, userId));

describe('a cookie', () => {
	it.each([
		undefined,
		null,
		'',
		'theme=dark',
		'frontdesk_session=',
		'frontdesk_session=%E0%A4%A',
		'%=%',
	])('%j authenticates nobody', async (cookie) => {
		expect(await authenticate(t.app, { cookie })).toEqual({ type: 'anonymous' });
	});

	it.each(['discount=50%', '%=%', 'x=%E0%A4%A', '=', ';'])(
		'is read beside the cookie %j of another site of the domain',
		async (other) => {
			const { user, cookie } = await createSignedInUser();
			for (const header of [`${other}; ${cookie}`, `${cookie}; ${other}`])
				expect(await authenticate(t.app, { cookie: header })).toMatchObject({ id: user.id });
		},
	);

	it('is invalid once its user is disabled', async () => {
		const { user, cookie } = await createSignedInUser();
		await t.app.db.update(users).set({ is_active: false }).where(eq(users.id, user.id));
		expect(await authenticate(t.app, { cookie })).toEqual({ type: 'anonymous' });
	});

	it('applies a role change immediately', async () => {
		const { user, cookie } = await createSignedInUser();
		await t.app.db.update(users).set({ role: 'admin' }).where(eq(users.id, user.id));
		expect(await authenticate(t.app, { cookie })).toMatchObject({ role: 'admin' });
	});

	it('is renewed in the database and the browser in the second half of its lifetime', async () => {
		const { user, cookie } = await createSignedInUser();
		const renew = vi.fn();
		await authenticate(t.app, { cookie }, renew);
		expect(renew).not.toHaveBeenCalled();
		await setExpiry(user.id, 14 * DAY_MS);
		expect(await authenticate(t.app, { cookie }, renew)).toMatchObject({ id: user.id });
		expect(renew).toHaveBeenCalledOnce();
		expect(renew.mock.calls[0]?.[0]).toMatchObject({
			name: 'frontdesk_session',
			value: cookie.split('=')[1],
		});
		const [row] = await listRows(user.id);
		expect(row?.expiresAt.getTime()).toBeGreaterThan(Date.now() + 29 * DAY_MS);
	});

	it('is invalid after it expires, and its row is removed by the sweep', async () => {
		const [swept, used] = [await createSignedInUser(), await createSignedInUser()];
		await setExpiry(swept.user.id, -1000);
		await setExpiry(used.user.id, -1000);
		expect(await authenticate(t.app, { cookie: used.cookie })).toEqual({ type: 'anonymous' });
		await deleteExpiredAuthSessions(t.ctx());
		expect([await listRows(swept.user.id), await listRows(used.user.id)]).toEqual([[], []]);
	});
});

describe('the API key of the environment', () => {
	it('grants full access', async () => {
		expect(await authenticate(t.app, { apiKey: ENVIRONMENT_KEY })).toMatchObject({
			type: 'api_key',
			id: null,
			name: 'environment',
			scopes: expect.arrayContaining(['admin', 'sessions:read']) as string[],
		});
	});

	it.each(['a key from the environmenT', ENVIRONMENT_KEY.slice(0, -1), 'fd_nothing'])(
		'is not %j, whatever the cookie',
		async (apiKey) => {
			const { cookie } = await createSignedInUser();
			await expect(authenticate(t.app, { apiKey, cookie })).rejects.toMatchObject({
				code: 'unauthorized',
			});
		},
	);
});
