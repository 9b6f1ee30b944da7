// @module-tag thorough
import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { createDelivery } from '../../../../../tests/factories/delivery.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useReceivers } from '../../../../../tests/support/receivers.ts';
import {
	deliveries,
	delivery_attempts,
	webhook_endpoints,
} from '#lib/server/core/db/schema/index.ts';
import { sendDueDeliveries } from './unchecked.ts';

const t = useTestApp();
const receivers = useReceivers(t);

const HOUR = 3_600_000;
const getTimeIn = (ms: number) => new Date(t.app.clock().getTime() + ms);
const setFailingFor = (endpoint: { id: number }, ms: number) =>
	t.app.db
		.update(webhook_endpoints)
		.set({ failing_since: getTimeIn(-ms) })
		.where(eq(webhook_endpoints.id, endpoint.id));
const getRow = async (id: number) => {
	const [row] = await t.app.db.select().from(deliveries).where(eq(deliveries.id, id));
	if (!row) throw new Error(`no delivery ${id}`);
	return row;
};

/** Makes storing a result fail with this SQLSTATE the given number of times. */
function failToRecord(code: string, times: number) {
	let left = times;
	t.app.events.onRecorded('delivery.updated', async (tx) => {
		if (left <= 0) return;
		left -= 1;
		const raise = `do $$ begin raise exception 'a fault' using errcode = '${code}'; end $$`;
		await tx.db.execute(sql.raw(raise));
	});
	return { stop: () => (left = 0) };
}

describe('a backlog of one endpoint', () => {
	it('doesn’t hold up new deliveries, and is still drained', async () => {
		const BACKLOG = 300;
		const FRESH_AFTER = 20;
		let requests = 0;
		let fresh = '';
		const to = await receivers.createReceiverThatAlways(async ({ response }) => {
			requests += 1;
			if (requests === FRESH_AFTER) fresh = (await createDelivery(t.ctx(), to)).webhook_id;
			response.end();
		});
		const before = t.app.clock().getTime() - HOUR;
		await t.app.db.insert(deliveries).values(
			Array.from({ length: BACKLOG }, (_, index) => ({
				webhook_id: `msg_backlog_${index}`,
				endpoint_id: to.id,
				event: 'lead.completed' as const,
				dedupe_key: `backlog:${index}`,
				body: '{}',
				next_attempt_at: new Date(before + index),
				created_at: new Date(before + index),
			})),
		);
		expect(await sendDueDeliveries(t.ctx())).toBe(BACKLOG + 1);
		const order = to.requests.map(({ headers }) => headers['webhook-id']);
		expect(order.indexOf(fresh)).toBeGreaterThanOrEqual(FRESH_AFTER);
		expect(order.indexOf(fresh)).toBeLessThan(FRESH_AFTER + 16);
		// The oldest deliveries are sent from the start as well.
		expect(order.slice(0, 16)).toContain('msg_backlog_0');
		expect(new Set(order).size).toBe(BACKLOG + 1);
	});
});

describe('endpoints that are down', () => {
	it('get one call at a time, and never block other endpoints', async () => {
		const DOWN = 40;
		const gate = Promise.withResolvers<void>();
		const hanging = await receivers.createReceiverThatAlways(async ({ response }) => {
			await gate.promise;
			response.statusCode = 500;
			response.end();
		});
		const [row] = await t.app.db
			.select()
			.from(webhook_endpoints)
			.where(eq(webhook_endpoints.id, hanging.id));
		if (!row) throw new Error('no endpoint');
		const { id: _id, ...copy } = row;
		const down = await t.app.db
			.insert(webhook_endpoints)
			.values(Array.from({ length: DOWN }, () => ({ ...copy, failing_since: getTimeIn(-HOUR) })))
			.returning();
		for (const endpoint of down) {
			for (let n = 0; n < 3; n += 1) {
				await createDelivery(t.ctx(), endpoint, { next_attempt_at: getTimeIn(-HOUR) });
			}
		}
		let wake = Promise.withResolvers<void>();
		const stopping = new AbortController();
		const running = sendDueDeliveries(t.ctx(), {
			waitForWork: () => wake.promise,
			signal: stopping.signal,
		});
		await hanging.waitFor(32);
		const others = [await receivers.createReceiver(), await receivers.createReceiver()];
		for (const other of others) await createDelivery(t.ctx(), other);
		const woken = wake;
		wake = Promise.withResolvers<void>();
		woken.resolve();
		for (const other of others) await other.waitFor(1);
		expect(hanging.requests).toHaveLength(32);
		const { rows } = await t.app.db.execute(sql`
			select max(calls)::int as calls from (
				select count(*) as calls from deliveries where claimed_until is not null group by endpoint_id
			) counted`);
		expect(rows).toEqual([{ calls: 1 }]);
		stopping.abort();
		gate.resolve();
		await running;
	});
});

describe('an endpoint that recovers', () => {
	/** Creates a pending delivery whose last attempt got this status. */
	async function createRetrying(endpoint: { id: number }, http_status: number | null) {
		const created = await createDelivery(t.ctx(), endpoint, {
			next_attempt_at: getTimeIn(5 * HOUR),
			schedule_step: 7,
			attempt_count: 7,
		});
		const attempt = {
			delivery_id: created.id,
			number: 7,
			started_at: getTimeIn(-HOUR),
			duration_ms: 1,
		};
		await t.app.db.insert(delivery_attempts).values({ ...attempt, http_status, error: 'failed' });
		return created.id;
	}

	it('gets its pending deliveries spread over a minute, as extra attempts', async () => {
		const to = await receivers.createReceiver();
		await setFailingFor(to, HOUR);
		const ids = [];
		for (const status of [500, 503, null, 404]) ids.push(await createRetrying(to, status));
		const throttled = await createRetrying(to, 429);
		const elsewhere = await createRetrying(await receivers.createReceiver(), 500);
		await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		const rows = await Promise.all(ids.map(getRow));
		const times = rows.map(({ next_attempt_at }) => next_attempt_at?.getTime() ?? Infinity);
		expect(Math.max(...times)).toBeLessThanOrEqual(getTimeIn(60_000).getTime());
		expect(new Set(times).size).toBe(times.length);
		expect(rows.map(({ schedule_step }) => schedule_step)).toEqual([6, 6, 6, 6]);
		for (const id of [throttled, elsewhere]) {
			const row = await getRow(id);
			expect(row.schedule_step).toBe(7);
			expect(row.next_attempt_at?.getTime()).toBeGreaterThan(getTimeIn(4 * HOUR).getTime());
		}
		t.advance(60_000);
		expect(await sendDueDeliveries(t.ctx())).toBe(4);
		expect(to.requests).toHaveLength(5);
	});

	it('keeps every delivery’s schedule after only one or two failures', async () => {
		const to = await receivers.createReceiver();
		await setFailingFor(to, 5_000);
		const id = await createRetrying(to, 500);
		await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		expect((await getRow(id)).schedule_step).toBe(7);
	});
});

describe('the result of an attempt', () => {
	it.each(['57P01', '53100', '55P03', '08006'])(
		'is recorded once the database recovers (%s), without sending the delivery again',
		async (code) => {
			const to = await receivers.createReceiver();
			const { id } = await createDelivery(t.ctx(), to);
			failToRecord(code, 3);
			expect(await sendDueDeliveries(t.ctx())).toBe(1);
			expect(await receivers.find(id)).toMatchObject({ status: 'delivered', attempt_count: 1 });
			expect(to.requests).toHaveLength(1);
		},
	);

	it('doesn’t cause a second attempt in the same process if it can’t be stored before the lease expires', async () => {
		const to = await receivers.createReceiver();
		const { id } = await createDelivery(t.ctx(), to);
		const failing = failToRecord('57P01', 1_000);
		let wake = Promise.withResolvers<void>();
		const running = sendDueDeliveries(t.ctx(), { waitForWork: () => wake.promise });
		await to.waitFor(1);
		t.advance(120_000);
		wake.resolve();
		wake = Promise.withResolvers<void>();
		failing.stop();
		await running;
		expect(to.requests).toHaveLength(1);
		expect(await receivers.find(id)).toMatchObject({ status: 'delivered', attempt_count: 1 });
	});

	it('frees its slot if the database rejects it permanently, and the delivery is retried', async () => {
		const to = await receivers.createReceiver();
		const { id } = await createDelivery(t.ctx(), to);
		const failing = failToRecord('22P02', 1_000);
		expect(await sendDueDeliveries(t.ctx())).toBe(1);
		failing.stop();
		t.advance(60_000);
		expect(await sendDueDeliveries(t.ctx())).toBe(1);
		expect(await receivers.find(id)).toMatchObject({ status: 'delivered', attempt_count: 2 });
		expect(to.requests[0]?.headers['webhook-id']).toBe(to.requests[1]?.headers['webhook-id']);
	});
});
