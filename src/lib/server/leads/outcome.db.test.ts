import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OutcomeInput } from '#lib/contract/lead.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { createChat } from '../../../../tests/factories/chat.ts';
import { toActor, createUser, createUserCtx } from '../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { changeSessions } from '../conversations/bulk/index.ts';
import { deliveries } from '../core/db/schema/index.ts';
import type { Events } from '../core/events.ts';
import { foldStatistics } from '../statistics/unchecked.ts';
import { clearOutcome, exportLeads, getOutcome, listLeads, setOutcome } from './index.ts';

const t = useTestApp();
let id: string;

beforeEach(async () => {
	const context = { utm_source: 'google', utm_campaign: 'roofs', gclid: 'Cj0KCQ', wbraid: 'wb-1' };
	({ session_id: id } = await createChat(t.ctx(), { lead: { email: 'ada@example.com' }, context }));
});

const set = (input: OutcomeInput) => setOutcome(t.ctx(), id, input);

/** Returns the outcomes that are announced while `act` runs. */
async function collectAnnounced(act: () => Promise<unknown>) {
	const announced: Events['lead.outcome'][] = [];
	const stop = t.app.events.onPublished(({ name, payload }) => {
		if (name === 'lead.outcome' || name === 'lead.outcome_cleared') announced.push(payload);
	});
	await act();
	stop();
	return announced;
}

describe('an outcome', () => {
	it('is null until it is recorded, and then has its value exactly and its history', async () => {
		expect(await getOutcome(t.ctx(), id)).toEqual({
			session_id: id,
			...{ stage: null, value: null, currency: null, reason: null, at: null },
			history: [],
		});
		await set({ stage: 'qualified', at: '2026-01-02T03:04:05.678Z' });
		const won = await set({ stage: 'won', value: '12345678901.2345', currency: 'eur' });
		expect(won).toMatchObject({ stage: 'won', value: 12_345_678_901.2345, currency: 'EUR' });
		expect(won.history.map(({ stage }) => stage)).toEqual(['won', 'qualified']);
		expect(won.history[1]?.at).toBe('2026-01-02T03:04:05.678Z');
		expect(await getOutcome(t.ctx(), id)).toEqual(won);
	});

	it('is recorded and announced once if it is repeated, even concurrently', async () => {
		const body = { stage: 'won', value: 0.1, currency: 'USD', reason: ' Signed ' } as const;
		const announced = await collectAnnounced(async () => {
			await Promise.all([set(body), set(body), set({ ...body, value: '0.10' })]);
			await set(body);
		});
		expect(announced).toEqual([
			expect.objectContaining({
				previous: null,
				outcome: expect.objectContaining({ value: 0.1, reason: 'Signed' }) as unknown,
			}),
		]);
		expect((await getOutcome(t.ctx(), id)).history).toHaveLength(1);
		await set({ ...body, value: 0.2 });
		expect((await getOutcome(t.ctx(), id)).history).toHaveLength(2);
	});

	it('is cleared once, stays in the history, and can be recorded again', async () => {
		const body = { stage: 'won', value: 10, currency: 'EUR' } as const;
		await set({ stage: 'qualified' });
		await set(body);
		const grace = await createUserCtx(t, { name: 'Grace' });
		const announced = await collectAnnounced(async () => {
			await Promise.all([clearOutcome(grace, id), clearOutcome(grace, id)]);
		});
		expect(announced).toMatchObject([
			{
				previous: 'won',
				outcome: { stage: 'won', cleared: { by: { type: 'user', name: 'Grace' } } },
			},
		]);
		const cleared = await getOutcome(t.ctx(), id);
		expect(cleared).toMatchObject({ stage: null, value: null, currency: null, at: null });
		expect(cleared.history.map((one) => [one.stage, one.cleared?.by.name])).toEqual([
			['won', 'Grace'],
			['qualified', undefined],
		]);
		expect(await clearOutcome(t.ctx(), id)).toEqual(cleared);
		const again = await set(body);
		expect(again).toMatchObject({ stage: 'won', history: [{ cleared: null }, {}, {}] });
		const reader = t.ctx({ type: 'api_key', id: null, name: 'k', scopes: ['leads:read'] });
		await expect(clearOutcome(reader, id)).rejects.toMatchObject({ code: 'forbidden' });
		await expect(clearOutcome(t.ctx(), 'session_nobody')).rejects.toMatchObject({
			code: 'not_found',
		});
	});

	it('names the person or the key that recorded it', async () => {
		const grace = toActor(await createUser(t.app, { name: 'Grace' }));
		const key = { type: 'api_key', id: null, name: 'CRM', scopes: ['leads:write'] } as const;
		await setOutcome(t.ctx(grace), id, { stage: 'qualified' });
		const crm = t.ctx({ ...key, scopes: [...key.scopes] });
		const { history } = await setOutcome(crm, id, { stage: 'lost', reason: 'Too expensive' });
		expect(history.map(({ by }) => by)).toEqual([
			{ type: 'api_key', name: 'CRM' },
			{ type: 'user', name: 'Grace' },
		]);
		await expect(getOutcome(crm, id)).rejects.toMatchObject({ code: 'forbidden' });
	});

	it.each([
		[{ stage: 'won', value: 5 }, 'currency'],
		[{ stage: 'won', value: 5, currency: 'EURO' }, 'currency'],
		[{ stage: 'won', value: 5, currency: 'ZZZ' }, 'currency'],
		[{ stage: 'won', value: -5, currency: 'EUR' }, 'value'],
		[{ stage: 'won', value: 0.00001, currency: 'EUR' }, 'value'],
		[{ stage: 'won', value: 1e15, currency: 'EUR' }, 'value'],
		[{ stage: 'sold' }, 'stage'],
		[{ stage: 'won', at: '2999-01-01T00:00:00Z' }, 'at'],
		// JavaScript would read years before 100 back as different ones.
		[{ stage: 'won', at: '0001-01-01T00:00:00Z' }, 'at'],
	])('is rejected as %j', async (input, path) => {
		const refused = set(input as OutcomeInput);
		await expect(refused).rejects.toMatchObject({ code: 'invalid', errors: [{ path }] });
		expect((await getOutcome(t.ctx(), id)).history).toEqual([]);
	});

	it('is rejected for a test chat and an unknown one', async () => {
		const { session_id } = await createChat(t.ctx(), { channel: 'test' });
		const won = { stage: 'won' } as const;
		await expect(setOutcome(t.ctx(), session_id, won)).rejects.toMatchObject({ code: 'conflict' });
		await expect(setOutcome(t.ctx(), 'session_nobody', won)).rejects.toMatchObject({
			code: 'not_found',
		});
	});
});

it('an endpoint gets each outcome once, with the click ids and the attribution', async () => {
	const endpoint = await createEndpoint(t.ctx(), {
		site: 'default',
		url: 'https://example.com/hook',
		events: ['lead.outcome'],
	});
	await set({ stage: 'qualified' });
	await set({ stage: 'won', value: 99.9, currency: 'CHF' });
	await set({ stage: 'won', value: 99.9, currency: 'CHF' });
	const rows = await t.app.db.select().from(deliveries).orderBy(deliveries.id);
	const sent = rows
		.filter(({ endpoint_id }) => endpoint_id === endpoint.id)
		.map(({ body }) => JSON.parse(body) as { data: Record<string, unknown> });
	expect(sent).toHaveLength(2);
	expect(sent[1]?.data).toMatchObject({
		outcome: { stage: 'won', value: 99.9, currency: 'CHF' },
		previous: 'qualified',
		attribution: {
			click_ids: { gclid: 'Cj0KCQ', wbraid: 'wb-1' },
			utm: { source: 'google', campaign: 'roofs' },
		},
		session: { session_id: id },
		lead: { email: 'ada@example.com' },
	});
});

it('a cleared outcome is delivered as such, and no longer filters or counts its lead', async () => {
	const endpoint = await createEndpoint(t.ctx(), {
		site: 'default',
		url: 'https://example.com/cleared',
		events: ['lead.outcome_cleared'],
	});
	await set({ stage: 'won', value: 10, currency: 'EUR' });
	await foldStatistics(t.ctx());
	await clearOutcome(t.ctx(), id);
	await clearOutcome(t.ctx(), id);
	const rows = await t.app.db
		.select()
		.from(deliveries)
		.where(eq(deliveries.endpoint_id, endpoint.id));
	expect(rows.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
		{
			type: 'lead.outcome_cleared',
			data: {
				outcome: { stage: 'won', cleared: {} },
				previous: 'won',
				session: { session_id: id },
			},
		},
	]);
	await foldStatistics(t.ctx());
	const { rows: counted } = await t.app.db.execute(sql`
		select contribution -> 'counts' -> 'won' as won from counted_sessions
		where chat_session_id = (select id from chat_sessions where public_id = ${id})`);
	expect(counted).toEqual([{ won: null }]);
	const won = await listLeads(t.ctx(), { outcome: 'won' });
	expect(won.items.map(({ session_id }) => session_id)).not.toContain(id);
	const open = await listLeads(t.ctx(), { outcome: 'none' });
	expect(open.items.find(({ session_id }) => session_id === id)).toMatchObject({ outcome: null });
});

it('leads are filtered by outcome, in lists grouped by person too, and exported with it', async () => {
	const lead = { email: `${id}@example.com` };
	const later = await createChat(t.ctx(), { lead });
	await createChat(t.ctx(), { lead });
	await setOutcome(t.ctx(), later.session_id, { stage: 'won', value: 10, currency: 'EUR' });
	for (const grouped of [true, false]) {
		const { items } = await listLeads(t.ctx(), { outcome: 'won', q: lead.email, grouped });
		expect(items).toMatchObject([
			{ session_id: later.session_id, outcome: { stage: 'won', value: 10, currency: 'EUR' } },
		]);
	}
	const { items: open } = await listLeads(t.ctx(), { outcome: 'none', q: lead.email });
	expect(open.map(({ outcome }) => outcome)).toEqual([null]);
	const csv = (await Array.fromAsync(exportLeads(t.ctx(), { outcome: 'won', q: lead.email }))).join(
		'',
	);
	expect(csv).toContain(',won,10,EUR,');
});

it('several leads get an outcome at once, with a key that may change leads', async () => {
	const other = await createChat(t.ctx(), { lead: { email: 'eve@example.com' } });
	const session_ids = [id, other.session_id, 'session_nowhere'];
	const action = { act: 'outcome', session_ids, outcome: { stage: 'disqualified' } } as const;
	const { done, refused } = await changeSessions(t.ctx(), { ...action, session_ids });
	expect(done).toEqual([id, other.session_id]);
	expect(refused).toMatchObject([{ code: 'not_found' }]);
	const key = t.ctx({ type: 'api_key', id: null, name: 'k', scopes: ['sessions:write'] });
	await expect(changeSessions(key, { ...action, session_ids })).rejects.toMatchObject({
		code: 'forbidden',
	});
});
