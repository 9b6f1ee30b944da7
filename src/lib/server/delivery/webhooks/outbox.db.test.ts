import { createHmac } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '#lib/contract/delivery.ts';
import { createDelivery } from '../../../../../tests/factories/delivery.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useReceivers } from '../../../../../tests/support/receivers.ts';
import type { WebhookAnswer } from '../../../../../tests/support/stand-in/index.ts';
import { createApp } from '#lib/server/create-app.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { RETRIES } from './claims.ts';
import { listDeliveries } from './index.ts';
import { sendDueDeliveries } from './unchecked.ts';

const t = useTestApp();
const receivers = useReceivers(t);

const FIRST_PAUSE_MS = Number(RETRIES.pausesMs[0]);
/** Returns the milliseconds until the next attempt, by the app's clock. */
const getWaitMs = ({ next_attempt_at }: Delivery) =>
	Date.parse(next_attempt_at ?? '') - t.app.clock().getTime();

describe('a due delivery', () => {
	it('arrives once, signed so that the reference library and n8n accept it', async () => {
		const to = await receivers.createReceiver();
		const { id, webhook_id, body } = await createDelivery(t.ctx(), to);
		expect(await sendDueDeliveries(t.ctx())).toBe(1);
		expect(await sendDueDeliveries(t.ctx())).toBe(0);
		const [request, ...more] = to.requests;
		expect(more).toEqual([]);
		if (!request) throw new Error('no request arrived');
		expect(request).toMatchObject({ method: 'POST', path: `/webhook/${to.name}` });
		expect(request.body.toString('utf8')).toBe(body);
		expect(request.headers).toMatchObject({
			'content-type': 'application/json; charset=utf-8',
			'user-agent': 'Frontdesk',
			'webhook-id': webhook_id,
		});
		const headers = request.headers as Record<string, string>;
		expect(new Webhook(to.secret).verify(request.body, headers)).toEqual(JSON.parse(body));
		const hex = createHmac('sha256', to.secret).update(request.body).digest('hex');
		expect(headers['x-frontdesk-signature']).toBe(`sha256=${hex}`);
		expect(await receivers.find(id)).toMatchObject({
			status: 'delivered',
			attempt_count: 1,
			next_attempt_at: null,
			last_http_status: 200,
			last_error: null,
			attempts: [{ number: 1, http_status: 200, response: '{"received":true}', error: null }],
			delivered_at: expect.any(String) as string,
		});
	});

	it('is published as delivered, after it is stored', async () => {
		const { id } = await createDelivery(t.ctx(), await receivers.createReceiver());
		const published: AppEvent[] = [];
		const stop = t.app.events.onPublished((event) => published.push(event));
		await sendDueDeliveries(t.ctx());
		stop();
		expect(published).toEqual([
			{ name: 'delivery.updated', payload: { delivery: await receivers.find(id) } },
		]);
	});

	it('waits until it is due', async () => {
		const to = await receivers.createReceiver();
		const next_attempt_at = new Date(t.app.clock().getTime() + 60_000);
		await createDelivery(t.ctx(), to, { next_attempt_at });
		expect(await sendDueDeliveries(t.ctx())).toBe(0);
		t.advance(61_000);
		expect(await sendDueDeliveries(t.ctx())).toBe(1);
	});

	// https://github.com/woocommerce/woocommerce/issues/21490
	it('counts as delivered once a Google Apps Script has run', async () => {
		const to = await receivers.createReceiver('script');
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		expect(await receivers.find(id)).toMatchObject({ status: 'delivered', last_http_status: 302 });
		expect(to.requests).toHaveLength(1);
	});

	it('counts as delivered with any 2xx status, even without a body', async () => {
		const { id } = await createDelivery(t.ctx(), await receivers.createReceiver('no-content'));
		await sendDueDeliveries(t.ctx());
		expect(await receivers.find(id)).toMatchObject({ status: 'delivered', last_http_status: 204 });
	});
});

describe('a failed attempt', () => {
	const FAILURES: [string, WebhookAnswer, Partial<Delivery>][] = [
		[
			'500',
			'error',
			{ last_http_status: 500, last_error: 'the webhook responded with status 500' },
		],
		['404', 404, { last_http_status: 404 }],
		['a broken connection', 'reset', { last_http_status: null }],
		['a redirect', 'redirect', { last_http_status: 307 }],
	];
	it.each(FAILURES)('with %s is retried', async (_, answer, expected) => {
		const to = await receivers.createReceiver(answer);
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		const failed = await receivers.find(id);
		expect(failed).toMatchObject({ status: 'pending', attempt_count: 1, ...expected });
		expect(failed.last_error).toEqual(expect.any(String));
		t.advance(FIRST_PAUSE_MS * 1.2);
		await sendDueDeliveries(t.ctx());
		expect(await receivers.find(id)).toMatchObject({ status: 'delivered', attempt_count: 2 });
		expect(to.requests).toHaveLength(2);
	});

	it('never follows a redirect', async () => {
		await createDelivery(t.ctx(), await receivers.createReceiver('redirect'));
		await sendDueDeliveries(t.ctx());
		expect(receivers.standIn.webhooks.recorder('redirected').requests).toEqual([]);
	});

	it('follows the schedule with the same id and body each time, and then fails permanently', async () => {
		const to = await receivers.createReceiverThatAlways('error');
		const { id, webhook_id, body } = await createDelivery(t.ctx(), to);
		for (const pause of RETRIES.pausesMs) {
			expect(await sendDueDeliveries(t.ctx())).toBe(1);
			const delivery = await receivers.find(id);
			expect(delivery.status).toBe('pending');
			// The clock has advanced a little since the attempt.
			expect(getWaitMs(delivery)).toBeGreaterThan(pause * 0.8 - 2000);
			expect(getWaitMs(delivery)).toBeLessThanOrEqual(pause * 1.2);
			expect(await sendDueDeliveries(t.ctx())).toBe(0);
			t.advance(getWaitMs(delivery) + 1);
		}
		expect(await sendDueDeliveries(t.ctx())).toBe(1);
		t.advance(365 * 86_400_000);
		expect(await sendDueDeliveries(t.ctx())).toBe(0);
		const failed = await receivers.find(id);
		expect(failed).toMatchObject({
			status: 'failed',
			attempt_count: 10,
			next_attempt_at: null,
			last_error: 'the webhook responded with status 500',
		});
		expect(failed.attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
		expect(to.requests).toHaveLength(10);
		expect(new Set(to.requests.map(({ headers }) => headers['webhook-id']))).toEqual(
			new Set([webhook_id]),
		);
		expect(new Set(to.requests.map((request) => request.body.toString('utf8')))).toEqual(
			new Set([body]),
		);
	});

	it.each([
		[429, '90', 90_000],
		[503, '3600', 3_600_000],
	])('with %i waits as long as the endpoint asks', async (status, retryAfter, expected) => {
		const to = await receivers.createReceiver(({ response }) => {
			response.writeHead(status, { 'retry-after': retryAfter }).end();
		});
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		const pause = getWaitMs(await receivers.find(id));
		expect(pause).toBeGreaterThan(expected - 5_000);
		expect(pause).toBeLessThanOrEqual(expected);
	});

	it('ignores Retry-After with another status', async () => {
		const to = await receivers.createReceiver(({ response }) => {
			response.writeHead(500, { 'retry-after': '3600' }).end();
		});
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		expect(getWaitMs(await receivers.find(id))).toBeLessThanOrEqual(FIRST_PAUSE_MS * 1.2);
	});

	it('names a secret that can’t be decrypted as its error, and is retried', async () => {
		const to = await receivers.createReceiver();
		await t.app.db
			.update(webhook_endpoints)
			.set({ sealed_secret: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' })
			.where(eq(webhook_endpoints.id, to.id));
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		const delivery = await receivers.find(id);
		expect(delivery).toMatchObject({ status: 'pending', last_http_status: null });
		expect(delivery.last_error).toContain('SECRET_KEY');
		expect(to.requests).toEqual([]);
	});
});

describe('410 Gone', () => {
	it('disables the endpoint and fails its pending deliveries, but no others', async () => {
		const to = await receivers.createReceiver('gone');
		const other = await receivers.createReceiver();
		const later = new Date(t.app.clock().getTime() + 60_000);
		const waiting = await createDelivery(t.ctx(), to, { next_attempt_at: later });
		const elsewhere = await createDelivery(t.ctx(), other, { next_attempt_at: later });
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		const reason = 'the webhook responded with 410 Gone and was disabled';
		const [row] = await t.app.db
			.select()
			.from(webhook_endpoints)
			.where(eq(webhook_endpoints.id, to.id));
		expect(row).toMatchObject({ is_enabled: false, disabled_reason: reason });
		expect(await receivers.find(id)).toMatchObject({
			status: 'failed',
			last_error: reason,
			attempts: [{ http_status: 410, error: 'the webhook responded with status 410' }],
		});
		expect(await receivers.find(waiting.id)).toMatchObject({
			status: 'failed',
			attempt_count: 0,
			next_attempt_at: null,
			last_error: reason,
		});
		expect(await receivers.find(elsewhere.id)).toMatchObject({
			status: 'pending',
			last_error: null,
		});
	});

	it('from concurrent deliveries causes no deadlock', async () => {
		const to = await receivers.createReceiverThatAlways('gone');
		for (let count = 0; count < 12; count++) await createDelivery(t.ctx(), to);
		await Promise.all([sendDueDeliveries(t.ctx()), sendDueDeliveries(t.ctx())]);
		const { items } = await listDeliveries(t.ctx(), {});
		expect(items.map(({ status }) => status)).toEqual(Array.from(items, () => 'failed'));
	});
});

describe('a private address', () => {
	it('is blocked unless allowed, is named as the reason, and is retried', async () => {
		const created = createApp({
			config: { ...t.app.config, allowPrivate: false },
			databaseUrl: t.databaseUrl,
			secretKey: 'a secret key for tests only',
			clock: t.app.clock,
		});
		const to = await receivers.createReceiver();
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries({ ...t.ctx(), app: created.app, db: created.app.db });
		await created.close();
		const delivery = await receivers.find(id);
		expect(to.requests).toEqual([]);
		expect(delivery).toMatchObject({ status: 'pending', attempt_count: 1, last_http_status: null });
		expect(delivery.last_error).toContain('private');
		expect(delivery.next_attempt_at).not.toBeNull();
	});
});
