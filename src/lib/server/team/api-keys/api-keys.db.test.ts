import { eq } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { toActor, createUser, createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { authenticate } from '../auth/index.ts';
import { listAuditEntries } from '../audit/index.ts';
import { requireAdmin, requireTeam } from '#lib/server/core/permissions.ts';
import { api_keys } from '#lib/server/core/db/schema/index.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './index.ts';

const t = useTestApp();
const input = { name: 'n8n', scopes: ['sessions:read' as const] };
const getLastUse = async (id: number) => {
	const [row] = await t.app.db.select().from(api_keys).where(eq(api_keys.id, id));
	return row?.last_used_at?.getTime();
};

describe('an API key', () => {
	it('is shown once and stored as a hash', async () => {
		const { key, api_key } = await createApiKey(t.ctx(), input);
		expect(key).toMatch(/^fd_[A-Za-z0-9_-]{43}$/);
		expect(key.startsWith(api_key.prefix)).toBe(true);
		const kept = [await t.app.db.select().from(api_keys), await listApiKeys(t.ctx())];
		expect(JSON.stringify(kept)).not.toContain(key);
		expect((await listApiKeys(t.ctx()))[0]).toEqual(api_key);
	});

	it('grants its scopes and nothing else', async () => {
		const { key, api_key } = await createApiKey(t.ctx(), input);
		const actor = await authenticate(t.app, { apiKey: key });
		expect(actor).toEqual({
			type: 'api_key',
			id: api_key.id,
			name: 'n8n',
			scopes: ['sessions:read'],
		});
		const ctx = t.ctx(actor);
		expect(() => requireTeam(ctx, 'sessions:read')).not.toThrow();
		expect(() => requireTeam(ctx, 'sessions:write')).toThrow('lacks the scope sessions:write');
		expect(() => requireAdmin(ctx)).toThrow('lacks the scope admin');
	});

	it('grants nothing once it is revoked', async () => {
		const { key, api_key } = await createApiKey(t.ctx(), input);
		await authenticate(t.app, { apiKey: key });
		const revoked = await revokeApiKey(t.ctx(), api_key.id);
		await expect(authenticate(t.app, { apiKey: key })).rejects.toMatchObject({
			code: 'unauthorized',
		});
		t.advance(1000);
		expect(await revokeApiKey(t.ctx(), api_key.id)).toEqual({
			...revoked,
			last_used_at: expect.any(String) as string,
		});
	});

	it('must expire in the future, and grants nothing afterwards', async () => {
		const inAnHour = new Date(t.app.clock().getTime() + 3_600_000).toISOString();
		const { key, api_key } = await createApiKey(t.ctx(), { ...input, expires_at: inAnHour });
		expect(api_key.expires_at).toBe(inAnHour);
		await authenticate(t.app, { apiKey: key, ip: '192.0.2.44' });
		await vi.waitUntil(() => getLastUse(api_key.id));
		expect((await listApiKeys(t.ctx()))[0]).toMatchObject({ last_used_ip: '192.0.2.44' });
		t.advance(3_600_000);
		await expect(authenticate(t.app, { apiKey: key })).rejects.toThrow('expired');
		await expect(createApiKey(t.ctx(), { ...input, expires_at: inAnHour })).rejects.toMatchObject({
			code: 'invalid',
		});
	});

	it('is distinguished from the environment’s key of the same name in the audit log', async () => {
		const { api_key } = await createApiKey(t.ctx(), { ...input, name: 'environment' });
		const scopes = ['admin' as const];
		for (const id of [api_key.id, null]) {
			const actor = { type: 'api_key' as const, id, name: 'environment', scopes };
			const { api_key: other } = await createApiKey(t.ctx(), input);
			await revokeApiKey(t.ctx(actor), other.id);
		}
		const { items } = await listAuditEntries(t.ctx(), { action: 'api_key.revoked', limit: 2 });
		expect(items.map(({ actor }) => actor)).toEqual([
			{ type: 'api_key', id: null, name: 'environment' },
			{ type: 'api_key', id: api_key.id, name: 'environment' },
		]);
	});

	it('records its last use, at most once a minute', async () => {
		const { key, api_key } = await createApiKey(t.ctx(), input);
		expect(await getLastUse(api_key.id)).toBeUndefined();
		await authenticate(t.app, { apiKey: key });
		const first = await vi.waitUntil(() => getLastUse(api_key.id));
		const update = vi.spyOn(t.app.db, 'update');
		await authenticate(t.app, { apiKey: key });
		expect(update).not.toHaveBeenCalled();
		update.mockRestore();
		t.advance(61_000);
		await authenticate(t.app, { apiKey: key });
		await vi.waitUntil(async () => ((await getLastUse(api_key.id)) ?? 0) >= first + 60_000);
	});

	it('is rejected without a name, without a scope, or with an unknown scope', async () => {
		for (const wrong of [
			{ name: '  ', scopes: ['sync'] },
			{ name: 'n8n', scopes: [] },
			{ name: 'n8n', scopes: ['everything'] },
		]) {
			const fault = createApiKey(t.ctx(), wrong as typeof input);
			await expect(fault).rejects.toMatchObject({ code: 'invalid' });
		}
	});
});

it('only admins can manage API keys', async () => {
	const agent = await createUserCtx(t);
	const admin = await createUser(t.app, { role: 'admin' });
	const { api_key } = await createApiKey(t.ctx(toActor(admin)), input);
	const refusal = { code: 'forbidden' };
	await expect(createApiKey(agent, input)).rejects.toMatchObject(refusal);
	await expect(listApiKeys(agent)).rejects.toMatchObject(refusal);
	await expect(revokeApiKey(agent, api_key.id)).rejects.toMatchObject(refusal);
	const anonymous = t.ctx({ type: 'anonymous' });
	await expect(listApiKeys(anonymous)).rejects.toMatchObject({ code: 'unauthorized' });
	await expect(revokeApiKey(t.ctx(), 999_999)).rejects.toMatchObject({ code: 'not_found' });
});
