import { eq, sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
	audit_entries,
	push_messages,
	push_subscriptions,
} from '#lib/server/core/db/schema/index.ts';
import { resealSecrets } from '#lib/server/core/reseal.ts';
import { createSecrets } from '#lib/server/core/secrets.ts';
import { changePassword, signOut } from '#lib/server/team/auth/index.ts';
import { endOtherAuthSessions, updateUser } from '#lib/server/team/users/index.ts';
import { toActor, signInForCookie, createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { getNotifications, registerDevice, removeDevice, sendTestNotification } from './index.ts';
import { ensureVapidKeys, sendDuePushMessages } from './unchecked.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const strict = useTestApp({
	NODE_ENV: 'production',
	SECRET_KEY: 'x'.repeat(32),
	OUTBOUND_ALLOW_PRIVATE: 'true',
});
const standIn = useStandIn();

beforeAll(async () => void (await createUser(t.app, { role: 'admin' })));
beforeEach(async () => {
	await t.app.db.delete(push_subscriptions);
	standIn().push.clear();
});

type Person = Awaited<ReturnType<typeof createPerson>>;
async function createPerson(app = t.app) {
	const user = await createUser(app);
	const ctx = (app === t.app ? t : strict).ctx(toActor(user));
	return { user, ctx, cookie: await signInForCookie(app, user) };
}
const register = ({ ctx, cookie }: Person, subscription = standIn().push.subscribe()) =>
	registerDevice(ctx, subscription, { cookie, user_agent: 'Firefox/140.0' });
const listDevices = async ({ ctx }: Person) => (await getNotifications(ctx)).devices;

describe('a device', () => {
	it('is stored and audited once, even if its browser registers repeatedly', async () => {
		const person = await createPerson();
		const subscription = standIn().push.subscribe();
		const first = await register(person, subscription);
		expect(await register(person, subscription)).toEqual(first);
		expect(await listDevices(person)).toEqual([first]);
		const entries = await t.app.db
			.select()
			.from(audit_entries)
			.where(eq(audit_entries.target_id, String(first.id)));
		expect(entries.map(({ action }) => action)).toEqual(['device.added']);
		const { rows } = await t.app.db.execute(sql`select sealed_keys from push_subscriptions`);
		expect(JSON.stringify(rows)).not.toContain(subscription.keys.auth);
	});

	it('gets a test message, and loses its pending messages when another user takes over the browser', async () => {
		const person = await createPerson();
		const subscription = standIn().push.subscribe();
		const { id } = await register(person, subscription);
		await sendTestNotification(person.ctx, id);
		const next = await createPerson();
		await register(next, subscription);
		expect(await listDevices(person)).toEqual([]);
		expect(await t.app.db.$count(push_messages)).toBe(0);
		await ensureVapidKeys(t.ctx());
		const [device] = await listDevices(next);
		await sendTestNotification(next.ctx, device?.id ?? 0);
		await sendDuePushMessages(t.ctx());
		expect(standIn().push.accepted).toMatchObject([{ payload: { title: 'Notifications work' } }]);
	});

	it('can be removed and tested by its own user only', async () => {
		const person = await createPerson();
		const { id } = await register(person);
		const other = await createPerson();
		await expect(removeDevice(other.ctx, id)).rejects.toMatchObject({ code: 'not_found' });
		await expect(sendTestNotification(other.ctx, id)).rejects.toMatchObject({ code: 'not_found' });
		await removeDevice(person.ctx, id);
		expect(await listDevices(person)).toEqual([]);
	});

	it('is removed if it is the oldest of too many', async () => {
		const person = await createPerson();
		const ids: number[] = [];
		for (let count = 0; count < 21; count++) ids.push((await register(person)).id);
		expect((await listDevices(person)).map(({ id }) => id)).toEqual(ids.slice(1).reverse());
	});
});

describe('a device is removed', () => {
	it('when its browser signs out, and no other', async () => {
		const person = await createPerson();
		await register(person);
		const phone = { ...person, cookie: await signInForCookie(t.app, person.user) };
		const kept = await register(phone);
		await signOut(person.ctx, person.cookie);
		expect(await listDevices(person)).toEqual([kept]);
	});

	it('when the user signs out their other browsers, or changes their password', async () => {
		const person = await createPerson();
		const kept = await register(person);
		await register({ ...person, cookie: await signInForCookie(t.app, person.user) });
		await endOtherAuthSessions(person.ctx, person.cookie);
		expect(await listDevices(person)).toEqual([kept]);
		const passwords = { current_password: person.user.password, new_password: 'seven green kites' };
		const browser = { ip: '192.0.2.7', cookie: person.cookie };
		await changePassword(person.ctx, passwords, browser);
		expect(await listDevices(person)).toEqual([]);
	});

	it.each([{ role: 'admin' }, { is_active: false }] as const)(
		'when an admin changes the user: %o',
		async (patch) => {
			const person = await createPerson();
			await register(person);
			await updateUser(t.ctx(), person.user.id, patch);
			expect(await t.app.db.$count(push_subscriptions)).toBe(0);
		},
	);
});

describe('the endpoint of a push service', () => {
	it('must use TLS', async () => {
		const person = await createPerson(strict.app);
		await expect(register(person)).rejects.toMatchObject({ code: 'invalid' });
	});

	it('cannot be a private address, even if webhooks can', async () => {
		const person = await createPerson(strict.app);
		const { keys } = standIn().push.subscribe();
		const { id } = await register(person, { endpoint: 'https://127.0.0.1/push/x', keys });
		await sendTestNotification(person.ctx, id);
		await ensureVapidKeys(strict.ctx());
		await sendDuePushMessages(strict.ctx());
		expect(await listDevices(person)).toMatchObject([
			{ last_error: expect.stringContaining('127.0.0.1 is a private') as string },
		]);
		expect(standIn().push.recorder.requests).toHaveLength(0);
	});
});

describe('the keys of the installation', () => {
	it('are created once by processes that start together, and survive a new SECRET_KEY', async () => {
		const keys = await Promise.all([1, 2, 3, 4].map(() => ensureVapidKeys(strict.ctx())));
		expect(new Set(keys).size).toBe(1);
		const ctx = strict.ctx();
		const rotated = createSecrets('another secret key for tests', ['a secret key for tests only']);
		const app = { ...ctx.app, secrets: rotated };
		await resealSecrets({ ...ctx, app });
		const rotatedOnly = { ...ctx.app, secrets: createSecrets('another secret key for tests') };
		expect(await ensureVapidKeys({ ...ctx, app: rotatedOnly })).toBe(keys[0]);
		expect(await ensureVapidKeys(ctx)).toBeNull();
	});
});
