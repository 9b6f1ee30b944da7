import { beforeEach, describe, expect, it } from 'vitest';
import { createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { App } from '#lib/server/core/context.ts';
import { audit_entries, user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { authenticate, createFirstAdmin, isSetUp, isSetupToken, signIn } from './index.ts';
import { ensureFirstAdmin } from './unchecked.ts';

const t = useTestApp();
const anonymous = () => t.ctx({ type: 'anonymous' });
const createAppWithAdmin = (): App => ({
	...t.app,
	config: { ...t.app.config, admin: { email: 'ada@example.com', password: 'tangerine orbit 7' } },
});
const ada = { name: 'Ada', email: 'ada@example.com', password: 'tangerine orbit 7' };

async function createSetupToken(): Promise<string> {
	const { setupUrl } = await ensureFirstAdmin(t.app);
	return new URL(setupUrl ?? '').searchParams.get('token') ?? '';
}

beforeEach(async () => {
	await t.app.db.delete(users);
	await t.app.db.delete(user_tokens);
});

describe('the setup link', () => {
	it('creates one admin, signs them in, and is then invalid', async () => {
		const token = await createSetupToken();
		expect(await isSetUp(t.app)).toBe(false);
		expect(await isSetupToken(anonymous(), token)).toBe(true);
		const { cookie, user } = await createFirstAdmin(anonymous(), { token, ...ada });
		expect(user).toMatchObject({ name: 'Ada', email: 'ada@example.com', role: 'admin' });
		const header = `${cookie.name}=${cookie.value}`;
		expect(await authenticate(t.app, { cookie: header })).toMatchObject({ id: user.id });
		const entries = await t.app.db.select().from(audit_entries);
		expect(entries.find(({ action }) => action === 'user.first_admin_created')).toMatchObject({
			actor_type: 'user',
			actor_name: 'Ada',
			user_id: user.id,
		});
		expect(await isSetupToken(anonymous(), token)).toBe(false);
		const again = { token, ...ada, email: 'eve@example.com' };
		await expect(createFirstAdmin(anonymous(), again)).rejects.toMatchObject({ code: 'conflict' });
	});

	it('is stored as a hash', async () => {
		const token = await createSetupToken();
		const rows = await t.app.db.select().from(user_tokens);
		expect(rows).toHaveLength(1);
		expect(JSON.stringify(rows)).not.toContain(token);
	});

	it('is created at each start until a user exists', async () => {
		const [first, second] = [await createSetupToken(), await createSetupToken()];
		expect(first).not.toBe(second);
		expect(await isSetupToken(anonymous(), first)).toBe(true);
		await createFirstAdmin(anonymous(), { token: second, ...ada });
		expect(await ensureFirstAdmin(t.app)).toEqual({ setupUrl: null });
		expect(await t.app.db.select().from(user_tokens)).toEqual([]);
	});

	it('is invalid if unknown or older than a day', async () => {
		const token = await createSetupToken();
		const refusal = { code: 'forbidden' };
		const unknown = createFirstAdmin(anonymous(), { ...ada, token: 'x'.repeat(43) });
		await expect(unknown).rejects.toMatchObject(refusal);
		t.advance(24 * 3_600_000 + 1000);
		const late = createFirstAdmin(anonymous(), { ...ada, token });
		await expect(late).rejects.toMatchObject(refusal);
		expect(await isSetUp(t.app)).toBe(false);
	});

	it('stays valid when a password is rejected', async () => {
		const token = await createSetupToken();
		const weak = createFirstAdmin(anonymous(), { ...ada, token, password: 'password123' });
		await expect(weak).rejects.toMatchObject({ code: 'invalid', errors: [{ path: 'password' }] });
		await createFirstAdmin(anonymous(), { ...ada, token });
	});

	it('creates one admin even if used concurrently', async () => {
		const tokens = [await createSetupToken(), await createSetupToken()];
		const attempts = Array.from({ length: 6 }, (_, i) =>
			createFirstAdmin(anonymous(), {
				...ada,
				token: tokens[i % 2] ?? '',
				email: `admin-${i}@example.com`,
			}),
		);
		const results = await Promise.allSettled(attempts);
		expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
		for (const result of results) {
			if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' });
		}
		expect(await t.app.db.select().from(users)).toHaveLength(1);
	});
});

describe('ADMIN_EMAIL and ADMIN_PASSWORD', () => {
	it('create the first admin once, even if several processes start together', async () => {
		const starts = Array.from({ length: 4 }, () => ensureFirstAdmin(createAppWithAdmin()));
		for (const start of await Promise.all(starts)) expect(start).toEqual({ setupUrl: null });
		const rows = await t.app.db.select().from(users);
		expect(rows).toMatchObject([{ email: 'ada@example.com', name: 'ada', role: 'admin' }]);
		const { user } = await signIn(anonymous(), ada, { ip: '203.0.113.7', cookie: null });
		expect(user.id).toBe(rows[0]?.id);
	});

	it('change nothing if a user exists', async () => {
		const user = await createUser(t.app);
		expect(await ensureFirstAdmin(createAppWithAdmin())).toEqual({ setupUrl: null });
		const rows = await t.app.db.select().from(users);
		expect(rows.map((row) => row.id)).toEqual([user.id]);
	});
});
