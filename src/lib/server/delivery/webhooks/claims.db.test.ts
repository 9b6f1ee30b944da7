import { describe, expect, it } from 'vitest';
import { createDelivery } from '../../../../../tests/factories/delivery.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useReceivers } from '../../../../../tests/support/receivers.ts';
import type { WebhookAnswer } from '../../../../../tests/support/stand-in/index.ts';
import { createApp } from '#lib/server/create-app.ts';
import { LEASE_MS } from '#lib/server/core/outbox/outbox.ts';
import { claimDueDeliveries } from './claims.ts';
import { sendDueDeliveries } from './unchecked.ts';

const t = useTestApp();
const receivers = useReceivers(t);

/** Creates an app like that of another process, with its own pool on the same database. */
const createSecondApp = () =>
	createApp({
		config: t.app.config,
		databaseUrl: t.databaseUrl,
		secretKey: 'a secret key for tests only',
		clock: t.app.clock,
	});

describe('several workers', () => {
	it('never make the same attempt twice', async () => {
		const to = [
			await receivers.createReceiver(),
			await receivers.createReceiver(),
			await receivers.createReceiver(),
		];
		const ids: string[] = [];
		for (let count = 0; count < 60; count++) {
			const endpointOfThis = to[count % to.length];
			if (endpointOfThis) ids.push((await createDelivery(t.ctx(), endpointOfThis)).webhook_id);
		}
		const others = [createSecondApp(), createSecondApp()];
		try {
			const contexts = [t.ctx(), ...others.map(({ app }) => ({ ...t.ctx(), app, db: app.db }))];
			const counts = await Promise.all(contexts.map((ctx) => sendDueDeliveries(ctx)));
			// A worker ends when it can claim nothing more; the others finish the deliveries that they claimed.
			expect(counts.reduce((sum, count) => sum + count, 0)).toBe(60);
		} finally {
			for (const other of others) await other.close();
		}
		const requests = to.flatMap((receiver) =>
			receiver.requests.map(({ headers }) => headers['webhook-id']),
		);
		expect(requests.sort()).toEqual(ids.sort());
	});
});

describe('a process that dies between claim and response', () => {
	it('leaves an attempt without a response, and the delivery is resent with the same id and body', async () => {
		const to = await receivers.createReceiver();
		const { id, webhook_id, body } = await createDelivery(t.ctx(), to);
		expect(await claimDueDeliveries(t.ctx(), { limit: 1, inFlight: [], round: 0 })).toHaveLength(1);
		expect(await sendDueDeliveries(t.ctx())).toBe(0);
		t.advance(LEASE_MS);
		expect(await sendDueDeliveries(t.ctx())).toBe(1);
		expect(to.requests).toHaveLength(1);
		expect(to.requests[0]?.headers['webhook-id']).toBe(webhook_id);
		expect(to.requests[0]?.body.toString('utf8')).toBe(body);
		expect(await receivers.find(id)).toMatchObject({
			status: 'delivered',
			attempts: [
				{ number: 1, error: 'no response was recorded' },
				{ number: 2, error: null },
			],
		});
	});

	it('can only settle the delivery as a success if it returns after all', async () => {
		const answers = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
		const late = answers.map(({ promise }): WebhookAnswer => {
			return async ({ response }) => void response.writeHead(await promise).end();
		});
		const to = await receivers.createReceiver(...late);
		const { id } = await createDelivery(t.ctx(), to);
		const first = sendDueDeliveries(t.ctx());
		await to.waitFor(1);
		t.advance(LEASE_MS);
		const second = sendDueDeliveries(t.ctx());
		await to.waitFor(2);
		answers[0]?.resolve(500);
		await first;
		expect(await receivers.find(id)).toMatchObject({ status: 'pending', attempt_count: 2 });
		// The late failure scheduled nothing: the second claim still holds.
		t.advance(LEASE_MS / 2);
		expect(await claimDueDeliveries(t.ctx(), { limit: 8, inFlight: [], round: 0 })).toEqual([]);
		answers[1]?.resolve(200);
		await second;
		expect(await receivers.find(id)).toMatchObject({ status: 'delivered', attempt_count: 2 });
		expect(to.requests[0]?.headers['webhook-id']).toBe(to.requests[1]?.headers['webhook-id']);
		expect(to.requests[0]?.body).toEqual(to.requests[1]?.body);
	});
});

describe('an endpoint that hangs', () => {
	it('has at most four calls, and doesn’t delay others', async () => {
		const gate = Promise.withResolvers<void>();
		const hanging = await receivers.createReceiverThatAlways(async ({ response }) => {
			await gate.promise;
			response.end();
		});
		for (let count = 0; count < 20; count++) await createDelivery(t.ctx(), hanging);
		let wake = Promise.withResolvers<void>();
		const running = sendDueDeliveries(t.ctx(), { waitForWork: () => wake.promise });
		await hanging.waitFor(4);
		const other = await receivers.createReceiver();
		await createDelivery(t.ctx(), other);
		const woken = wake;
		wake = Promise.withResolvers<void>();
		woken.resolve();
		await other.waitFor(1);
		expect(hanging.requests).toHaveLength(4);
		gate.resolve();
		expect(await running).toBe(21);
		expect(hanging.requests).toHaveLength(20);
	});
});
