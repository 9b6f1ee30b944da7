// @module-tag thorough
import { eq } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { createDelivery } from '../../../../../tests/factories/delivery.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useReceivers } from '../../../../../tests/support/receivers.ts';
import { deliveries } from '#lib/server/core/db/schema/index.ts';
import { sendDueDeliveries } from './unchecked.ts';

const t = useTestApp();
const receivers = useReceivers(t);

describe('a malicious response', () => {
	it('is truncated to 2 KB, with or without a Content-Length', async () => {
		for (const announced of [true, false]) {
			const to = await receivers.createReceiver(({ response }) => {
				const size = 64 * 1024 * 1024;
				response.writeHead(200, announced ? { 'content-length': size } : {});
				const piece = Buffer.alloc(64 * 1024, 'x');
				let sent = 0;
				const write = () => {
					while (sent < size && !response.destroyed && response.write(piece)) sent += piece.length;
					if (sent >= size) response.end();
				};
				response.on('drain', write);
				write();
			});
			const { id } = await createDelivery(t.ctx(), to);
			await sendDueDeliveries(t.ctx());
			const delivery = await receivers.find(id);
			expect(delivery.status).toBe('delivered');
			expect(delivery.attempts[0]?.response).toBe('x'.repeat(2048));
		}
	});

	it('is stripped of characters that Postgres can’t store', async () => {
		const to = await receivers.createReceiver(({ response }) => {
			response.writeHead(500).end(Buffer.from([0x61, 0x00, 0x1b, 0xff, 0xed, 0xa0, 0x80, 0x62]));
		});
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		const [attempt] = (await receivers.find(id)).attempts;
		expect(attempt?.http_status).toBe(500);
		expect(attempt?.response).toMatch(/^a\ufffd+b$/);
	});

	it('counts by its status even if the body never ends', async () => {
		const to = await receivers.createReceiver(({ response }) => {
			response.writeHead(200);
			response.write('accepted');
		});
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		const delivery = await receivers.find(id);
		expect(delivery).toMatchObject({ status: 'delivered', last_error: null });
		expect(delivery.attempts[0]?.response).toBe('accepted');
	});
});

describe('an endpoint that does not respond in time', () => {
	it('fails, and is retried', async () => {
		const { request } = t.app.outbound;
		const calls = vi.spyOn(t.app.outbound, 'request').mockImplementation((options) => {
			const timeouts = { firstByte: 150, idle: 150, total: 150 };
			return request.call(t.app.outbound, { ...options, timeouts });
		});
		const to = await receivers.createReceiver('hang');
		const { id } = await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		expect(calls.mock.calls[0]?.[0].timeouts).toMatchObject({ firstByte: 15_000, total: 15_000 });
		calls.mockRestore();
		const delivery = await receivers.find(id);
		expect(delivery).toMatchObject({ status: 'pending', last_http_status: null });
		expect(delivery.last_error).toContain('0.15 s');
	});
});

describe('a stopping process', () => {
	it('claims no more deliveries', async () => {
		await createDelivery(t.ctx(), await receivers.createReceiver());
		expect(await sendDueDeliveries(t.ctx(), { signal: AbortSignal.abort() })).toBe(0);
	});

	it('aborts a call that isn’t answered in time, without advancing the delivery’s schedule', async () => {
		const to = await receivers.createReceiver('hang');
		const { id } = await createDelivery(t.ctx(), to);
		const stopping = new AbortController();
		const running = sendDueDeliveries(t.ctx(), { signal: stopping.signal });
		await to.waitFor(1);
		stopping.abort();
		await running;
		const [row] = await t.app.db.select().from(deliveries).where(eq(deliveries.id, id));
		expect(row).toMatchObject({ status: 'pending', schedule_step: 0, claimed_until: null });
		expect(await sendDueDeliveries(t.ctx())).toBe(1);
		expect(await receivers.find(id)).toMatchObject({ status: 'delivered', attempt_count: 2 });
	});
});
