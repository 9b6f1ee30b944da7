import { eq } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_WEBHOOK_EVENTS } from '#lib/contract/webhook-endpoint.ts';
import { createDelivery } from '../../../../../tests/factories/delivery.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { Config } from '#lib/server/core/config.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { createEndpoint, listDeliveries } from './index.ts';
import { ensureDefaultEndpoint } from './unchecked.ts';

const t = useTestApp();
const url = 'https://n8n.example.com/webhook/lead';
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

afterEach(async () => {
	await t.app.db.delete(webhook_endpoints);
});
const listRows = () => t.app.db.select().from(webhook_endpoints).orderBy(webhook_endpoints.id);

describe('an endpoint', () => {
	it('is created for completed leads with its own secret, which is stored sealed', async () => {
		const created = await createEndpoint(t.ctx(), { site: 'default', url });
		expect(created).toMatchObject({
			site: 'default',
			url,
			events: DEFAULT_WEBHOOK_EVENTS,
			is_enabled: true,
		});
		expect(() => new Webhook(created.secret)).not.toThrow();
		const [row] = await listRows();
		expect(row?.sealed_secret).not.toContain(created.secret.slice(6));
		expect(t.app.secrets.open(row?.sealed_secret ?? '')).toBe(created.secret);
	});

	it('accepts a given secret, and stores each event once', async () => {
		const created = await createEndpoint(t.ctx(), {
			site: 'default',
			url,
			secret,
			events: ['lead.completed', 'lead.completed', 'lead.abandoned'],
		});
		expect(created).toMatchObject({ secret, events: ['lead.completed', 'lead.abandoned'] });
	});

	it.each([
		['url', { site: 'default', url: 'ftp://example.com' }],
		['url', { site: 'default', url: 'javascript:alert(1)' }],
		['url', { site: 'default', url: 'https://user:pass@example.com' }],
		['url', { site: 'default', url: 'nowhere' }],
		['secret', { site: 'default', url, secret: 'hunter2' }],
		['events', { site: 'default', url, events: [] }],
	])('with an invalid %s is rejected: %j', async (path, input) => {
		await expect(createEndpoint(t.ctx(), input)).rejects.toMatchObject({
			code: 'invalid',
			errors: expect.arrayContaining([expect.objectContaining({ path })]) as unknown,
		});
	});

	it('requires an existing site and an admin', async () => {
		const other = createEndpoint(t.ctx(), { site: 'other', url });
		await expect(other).rejects.toMatchObject({ code: 'not_found' });
		const agent = await createUserCtx(t);
		const created = createEndpoint(agent, { site: 'default', url });
		await expect(created).rejects.toMatchObject({ code: 'forbidden' });
	});
});

describe('the endpoint of the environment', () => {
	const start = (leadWebhook: Config['leadWebhook']) =>
		ensureDefaultEndpoint({
			...t.ctx(),
			app: { ...t.app, config: { ...t.app.config, leadWebhook } },
		});
	const getSecret = async () => t.app.secrets.open((await listRows())[0]?.sealed_secret ?? '');

	it('is created once, however many processes start and however often', async () => {
		await Promise.all(Array.from({ length: 6 }, () => start({ url, secret })));
		await start({ url, secret });
		expect(await listRows()).toMatchObject([
			{ url, events: DEFAULT_WEBHOOK_EVENTS, is_enabled: true, is_from_environment: true },
		]);
		expect(await getSecret()).toBe(secret);
	});

	it('keeps its generated secret', async () => {
		await start({ url, secret: undefined });
		const created = await getSecret();
		await start({ url, secret: undefined });
		expect(await getSecret()).toBe(created);
		expect(() => new Webhook(created)).not.toThrow();
	});

	it('follows the environment, and leaves endpoints created by users unchanged', async () => {
		const { id } = await createEndpoint(t.ctx(), {
			site: 'default',
			url: 'https://crm.example.com',
		});
		await start({ url, secret });
		await start({ url: `${url}/2`, secret: undefined });
		const [own, ofEnvironment, ...more] = await listRows();
		expect(own).toMatchObject({ id, url: 'https://crm.example.com' });
		expect(ofEnvironment).toMatchObject({ url: `${url}/2` });
		expect(t.app.secrets.open(ofEnvironment?.sealed_secret ?? '')).toBe(secret);
		expect(more).toEqual([]);
	});

	it('is re-enabled at the next start after it was disabled', async () => {
		await start({ url, secret });
		await t.app.db.update(webhook_endpoints).set({ is_enabled: false, disabled_reason: 'gone' });
		await start({ url, secret });
		expect(await listRows()).toMatchObject([{ is_enabled: true, disabled_reason: null }]);
	});

	it('is disabled when the address is removed, and its pending deliveries say so', async () => {
		await start({ url, secret });
		const [row] = await listRows();
		if (!row) throw new Error('no endpoint');
		const { id } = await createDelivery(t.ctx(), row);
		await start(undefined);
		const after = await t.app.db
			.select()
			.from(webhook_endpoints)
			.where(eq(webhook_endpoints.id, row.id));
		expect(after).toMatchObject([{ is_enabled: false }]);
		const { items } = await listDeliveries(t.ctx(), {});
		expect(items).toMatchObject([
			{ id, status: 'failed', last_error: 'LEAD_WEBHOOK_URL is not set' },
		]);
	});

	it('is not created without an address', async () => {
		await start(undefined);
		expect(await listRows()).toEqual([]);
	});
});
