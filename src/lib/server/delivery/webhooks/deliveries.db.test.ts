import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { Scope } from '#lib/contract/api-key.ts';
import { delivery as deliverySchema } from '#lib/contract/delivery.ts';
import { deleteSession, updateSession } from '#lib/server/conversations/sessions/index.ts';
import {
	deliveries,
	delivery_attempts,
	webhook_endpoints,
} from '#lib/server/core/db/schema/index.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createDelivery } from '../../../../../tests/factories/delivery.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useReceivers } from '../../../../../tests/support/receivers.ts';
import {
	countDeliveries,
	createEndpoint,
	listDeliveries,
	replayDeliveries,
	replayDelivery,
} from './index.ts';
import { sendDueDeliveries } from './unchecked.ts';

const t = useTestApp();
const receivers = useReceivers(t);

const listIds = async (query: Parameters<typeof listDeliveries>[1]) =>
	(await listDeliveries(t.ctx(), query)).items.map(({ id }) => id);

describe('the list of deliveries', () => {
	it('is returned in pages, newest first, without gaps or duplicates while more arrive', async () => {
		const to = await receivers.createReceiver();
		const created: number[] = [];
		for (let count = 0; count < 5; count++) created.unshift((await createDelivery(t.ctx(), to)).id);
		const first = await listDeliveries(t.ctx(), { limit: 2 });
		await createDelivery(t.ctx(), to);
		const seen = first.items.map(({ id }) => id);
		let cursor = first.next_cursor;
		while (cursor) {
			const page = await listDeliveries(t.ctx(), { limit: 2, cursor });
			seen.push(...page.items.map(({ id }) => id));
			cursor = page.next_cursor;
		}
		expect(seen).toEqual(created);
	});

	it('is filtered by status, site, chat session and time', async () => {
		const to = await receivers.createReceiver();
		const chat = await createChat(t.ctx());
		const early = new Date('2026-01-01T00:00:00.000Z');
		const a = await createDelivery(t.ctx(), to, { status: 'failed', created_at: early });
		const b = await createDelivery(t.ctx(), to, { chat_session_id: chat.id });
		expect(await listIds({ status: 'failed' })).toEqual([a.id]);
		expect(await listIds({ site: 'default' })).toEqual([b.id, a.id]);
		expect(await listIds({ site: 'other' })).toEqual([]);
		expect(await listIds({ session_id: chat.session_id })).toEqual([b.id]);
		expect(await listIds({ session_id: 'session_unknown' })).toEqual([]);
		expect(await listIds({ to: '2026-01-01T00:00:00.000Z' })).toEqual([]);
		expect(await listIds({ to: '2026-01-01T00:00:00.001Z' })).toEqual([a.id]);
		expect(await listIds({ from: '2026-01-01T00:00:00.001Z', status: 'pending' })).toEqual([b.id]);
	});

	it('shows the newest 20 attempts in order, matching the schema of the API', async () => {
		const { id } = await createDelivery(t.ctx(), await receivers.createReceiver(), {
			attempt_count: 25,
		});
		await t.app.db.insert(delivery_attempts).values(
			Array.from({ length: 25 }, (_, index) => ({
				delivery_id: id,
				number: index + 1,
				started_at: t.app.clock(),
				duration_ms: 12,
				http_status: 500 + index,
				error: `fault ${index + 1}`,
			})),
		);
		const found = await receivers.find(id);
		expect(deliverySchema.parse(found)).toEqual(found);
		expect(found.attempts.map(({ number }) => number)).toEqual(
			Array.from({ length: 20 }, (_, index) => index + 6),
		);
		expect(found).toMatchObject({ last_http_status: 524, last_error: 'fault 25' });
	});

	it('has no deliveries of a deleted chat session', async () => {
		const chat = await createChat(t.ctx());
		const { id } = await createDelivery(t.ctx(), await receivers.createReceiver(), {
			chat_session_id: chat.id,
		});
		await deleteSession(t.ctx(), chat.session_id);
		const { items } = await listDeliveries(t.ctx(), { limit: 200 });
		expect(items.map((delivery) => delivery.id)).not.toContain(id);
	});

	it('has no path or query of an endpoint’s URL, whether new or stored', async () => {
		const url = 'https://hooks.example.com/services/a-long-secret/?key=another';
		const endpoint = await createEndpoint(t.ctx(), { site: 'default', url });
		const published: AppEvent[] = [];
		t.app.events.onPublished((event) => void published.push(event));
		const chat = await createChat(t.ctx());
		await updateSession(t.ctx(), chat.session_id, { completion_status: 'complete' });
		const events = published.filter(({ name }) => name === 'delivery.updated');
		const { items } = await listDeliveries(t.ctx(), { endpoint_id: endpoint.id });
		expect(items).toMatchObject([{ url: 'https://hooks.example.com', url_end: 'cret' }]);
		expect(JSON.stringify(items)).not.toMatch(/long|another/);
		expect(events).toMatchObject([{ payload: { delivery: { url: 'https://hooks.example.com' } } }]);
	});

	it('requires permission to read leads, and a valid query', async () => {
		const ctx = t.ctx({ type: 'api_key', id: null, name: 'n8n', scopes: ['sessions:read'] });
		await expect(listDeliveries(ctx, {})).rejects.toMatchObject({ code: 'forbidden' });
		for (const cursor of ['x', '%00']) {
			await expect(listDeliveries(t.ctx(), { cursor })).rejects.toMatchObject({ code: 'invalid' });
		}
		await expect(listDeliveries(t.ctx(), { limit: 0 })).rejects.toMatchObject({ code: 'invalid' });
	});
});

const createKeyCtx = (...scopes: Scope[]) =>
	t.ctx({ type: 'api_key', id: null, name: 'n8n', scopes });

describe('resending a delivery', () => {
	it('resends a failed delivery with the same id and body, and restarts its schedule', async () => {
		const to = await receivers.createReceiver('error', 'error');
		const { id, webhook_id, body } = await createDelivery(t.ctx(), to, { schedule_step: 9 });
		await sendDueDeliveries(t.ctx());
		expect(await receivers.find(id)).toMatchObject({ status: 'failed' });
		expect(await replayDelivery(createKeyCtx('leads:write'), id)).toMatchObject({
			id,
			status: 'pending',
			next_attempt_at: expect.any(String) as string,
		});
		await sendDueDeliveries(t.ctx());
		// Without a fresh schedule the second failure would have been the last.
		expect(await receivers.find(id)).toMatchObject({ status: 'pending', attempt_count: 2 });
		await replayDelivery(createKeyCtx('leads:write'), id);
		await sendDueDeliveries(t.ctx());
		expect(await receivers.find(id)).toMatchObject({ status: 'delivered', attempt_count: 3 });
		for (const request of to.requests) {
			expect(request.headers['webhook-id']).toBe(webhook_id);
			expect(request.body.toString('utf8')).toBe(body);
		}
		expect(to.requests).toHaveLength(3);
	});

	it('works for a delivery that has already succeeded', async () => {
		const to = await receivers.createReceiver();
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		expect(await replayDelivery(t.ctx(), id)).toMatchObject({
			status: 'pending',
			delivered_at: null,
		});
		await sendDueDeliveries(t.ctx());
		expect(await receivers.find(id)).toMatchObject({ status: 'delivered' });
		expect(to.requests).toHaveLength(2);
	});

	it('sends it to a disabled endpoint too, since a user requested it', async () => {
		const to = await receivers.createReceiver('gone');
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		await replayDelivery(t.ctx(), id);
		await sendDueDeliveries(t.ctx());
		expect(await receivers.find(id)).toMatchObject({ status: 'delivered' });
		const [row] = await t.app.db
			.select()
			.from(webhook_endpoints)
			.where(eq(webhook_endpoints.id, to.id));
		expect(row?.is_enabled).toBe(false);
	});

	it('makes no second call while one is in flight', async () => {
		const gate = Promise.withResolvers<void>();
		const to = await receivers.createReceiver(async ({ response }) => {
			await gate.promise;
			response.end();
		});
		const { id } = await createDelivery(t.ctx(), to);
		const running = sendDueDeliveries(t.ctx());
		await to.waitFor(1);
		await replayDelivery(t.ctx(), id);
		expect(await sendDueDeliveries(t.ctx())).toBe(0);
		gate.resolve();
		await running;
		expect(await receivers.find(id)).toMatchObject({ status: 'delivered', attempt_count: 1 });
	});

	it('throws not_found for an unknown delivery', async () => {
		await expect(replayDelivery(t.ctx(), 999_999)).rejects.toMatchObject({ code: 'not_found' });
	});

	it('requires the scope leads:write', async () => {
		for (const ctx of [createKeyCtx('leads:read'), createKeyCtx('sessions:write')]) {
			await expect(replayDelivery(ctx, 1)).rejects.toMatchObject({ code: 'forbidden' });
			const many = replayDeliveries(ctx, { status: 'failed' });
			await expect(many).rejects.toMatchObject({ code: 'forbidden' });
		}
		const anonymous = replayDelivery(t.ctx({ type: 'anonymous' }), 1);
		await expect(anonymous).rejects.toMatchObject({ code: 'unauthorized' });
	});
});

describe('resending deliveries in bulk', () => {
	it('includes the given deliveries and no others', async () => {
		const to = await receivers.createReceiver();
		const values = { status: 'failed', next_attempt_at: null } as const;
		const created = [];
		for (let count = 0; count < 4; count++) created.push(await createDelivery(t.ctx(), to, values));
		const ids = created.slice(0, 2).map(({ id }) => id);
		const published: AppEvent[] = [];
		const stop = t.app.events.onPublished(
			(event) => event.name !== 'audit.added' && published.push(event),
		);
		expect(await replayDeliveries(t.ctx(), { ids: [...ids, 999_999] })).toEqual({ replayed: 2 });
		stop();
		expect(published.map(({ name }) => name)).toEqual(['delivery.updated', 'delivery.updated']);
		await sendDueDeliveries(t.ctx());
		const statuses = await Promise.all(
			created.map(async ({ id }) => (await receivers.find(id)).status),
		);
		expect(statuses).toEqual(['delivered', 'delivered', 'failed', 'failed']);
	});

	it('filters by status and time', async () => {
		const to = await receivers.createReceiver();
		const at = (time: string) => new Date(`2026-01-01T${time}Z`);
		const make = (time: string, status: 'failed' | 'delivered') =>
			createDelivery(t.ctx(), to, { status, next_attempt_at: null, created_at: at(time) });
		await make('10:00:00', 'failed');
		const chosen = await make('11:00:00', 'failed');
		await make('11:30:00', 'delivered');
		await make('12:00:00', 'failed');
		const from = at('11:00:00').toISOString();
		const to_ = at('12:00:00').toISOString();
		const { replayed } = await replayDeliveries(t.ctx(), { status: 'failed', from, to: to_ });
		expect(replayed).toBe(1);
		const { items } = await listDeliveries(t.ctx(), { status: 'pending' });
		expect(items.map(({ id }) => id)).toEqual([chosen.id]);
	});

	it('includes at most 1,000 deliveries per call', async () => {
		const to = await receivers.createReceiver();
		const now = t.app.clock();
		await t.app.db.insert(deliveries).values(
			Array.from({ length: 1_003 }, (_, index) => ({
				webhook_id: `msg_many_${index}`,
				endpoint_id: to.id,
				event: 'lead.completed' as const,
				dedupe_key: `many:${index}`,
				body: '{}',
				status: 'failed' as const,
				created_at: now,
			})),
		);
		const replay = () => replayDeliveries(t.ctx(), { status: 'failed' });
		expect([await replay(), await replay(), await replay()]).toEqual([
			{ replayed: 1_000 },
			{ replayed: 3 },
			{ replayed: 0 },
		]);
	});

	it('neither counts nor includes deliveries whose body was deleted', async () => {
		const to = await receivers.createReceiver();
		const values = { status: 'failed', next_attempt_at: null } as const;
		await createDelivery(t.ctx(), to, { ...values, body: '' });
		await createDelivery(t.ctx(), to, values);
		expect(await countDeliveries(t.ctx(), { status: 'failed' })).toEqual({ count: 1 });
		expect(await replayDeliveries(t.ctx(), { status: 'failed' })).toEqual({ replayed: 1 });
	});

	it('requires a selection', async () => {
		await expect(replayDeliveries(t.ctx(), {})).rejects.toMatchObject({ code: 'invalid' });
	});

	it('never deadlocks when a 410 response disables the endpoint', async () => {
		const to = await receivers.createReceiverThatAlways('gone');
		for (let count = 0; count < 30; count++) await createDelivery(t.ctx(), to);
		const replays = Array.from({ length: 5 }, () =>
			replayDeliveries(t.ctx(), { status: 'pending' }),
		);
		await expect(Promise.all([sendDueDeliveries(t.ctx()), ...replays])).resolves.toHaveLength(6);
	});
});
