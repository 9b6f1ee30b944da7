import { describe, expect, it } from 'vitest';
import { makeChat } from '../../../../../tests/factories/chat.ts';
import { makeDelivery } from '../../../../../tests/factories/delivery.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useReceivers } from '../../../../../tests/support/receivers.ts';
import { delivery as contract } from '#lib/contract/delivery.ts';
import { delivery_attempts } from '#lib/server/core/db/schema/index.ts';
import { deleteSession } from '#lib/server/conversations/sessions/index.ts';
import { listDeliveries } from './index.ts';

const t = useTestApp();
const r = useReceivers(t);

const idsOf = async (query: Parameters<typeof listDeliveries>[1]) =>
	(await listDeliveries(t.ctx(), query)).items.map(({ id }) => id);

describe('the list of deliveries', () => {
	it('is returned in pages, newest first, without gaps or duplicates while more arrive', async () => {
		const to = await r.receiver();
		const made: number[] = [];
		for (let count = 0; count < 5; count++) made.unshift((await makeDelivery(t.ctx(), to)).id);
		const first = await listDeliveries(t.ctx(), { limit: 2 });
		await makeDelivery(t.ctx(), to);
		const seen = first.items.map(({ id }) => id);
		let cursor = first.next_cursor;
		while (cursor) {
			const page = await listDeliveries(t.ctx(), { limit: 2, cursor });
			seen.push(...page.items.map(({ id }) => id));
			cursor = page.next_cursor;
		}
		expect(seen).toEqual(made);
	});

	it('is filtered by status, site, chat session and time', async () => {
		const to = await r.receiver();
		const chat = await makeChat(t.ctx());
		const early = new Date('2026-01-01T00:00:00.000Z');
		const a = await makeDelivery(t.ctx(), to, { status: 'failed', created_at: early });
		const b = await makeDelivery(t.ctx(), to, { chat_session_id: chat.id });
		expect(await idsOf({ status: 'failed' })).toEqual([a.id]);
		expect(await idsOf({ site: 'default' })).toEqual([b.id, a.id]);
		expect(await idsOf({ site: 'other' })).toEqual([]);
		expect(await idsOf({ session_id: chat.session_id })).toEqual([b.id]);
		expect(await idsOf({ session_id: 'session_unknown' })).toEqual([]);
		expect(await idsOf({ to: '2026-01-01T00:00:00.000Z' })).toEqual([]);
		expect(await idsOf({ to: '2026-01-01T00:00:00.001Z' })).toEqual([a.id]);
		expect(await idsOf({ from: '2026-01-01T00:00:00.001Z', status: 'pending' })).toEqual([b.id]);
	});

	it('shows the newest 20 attempts in order, in the contract’s shape', async () => {
		const { id } = await makeDelivery(t.ctx(), await r.receiver(), { attempt_count: 25 });
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
		const found = await r.find(id);
		expect(contract.parse(found)).toEqual(found);
		expect(found.attempts.map(({ number }) => number)).toEqual(
			Array.from({ length: 20 }, (_, index) => index + 6),
		);
		expect(found).toMatchObject({ last_http_status: 524, last_error: 'fault 25' });
	});

	it('has no deliveries of a deleted chat session', async () => {
		const chat = await makeChat(t.ctx());
		const { id } = await makeDelivery(t.ctx(), await r.receiver(), { chat_session_id: chat.id });
		await deleteSession(t.ctx(), chat.session_id);
		const { items } = await listDeliveries(t.ctx(), { limit: 200 });
		expect(items.map((delivery) => delivery.id)).not.toContain(id);
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
