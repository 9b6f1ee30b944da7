import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { getLeadDelivery } from '#lib/client/leads/delivery-state.ts';
import type { DeliveryStatus } from '#lib/contract/delivery.ts';
import type { WebhookEvent } from '#lib/contract/events.ts';
import type { LeadDeliveryState } from '#lib/contract/lead-list.ts';
import type { Lead, LeadInput } from '#lib/contract/lead.ts';
import { createChat } from '../../../../tests/factories/chat.ts';
import { createDelivery } from '../../../../tests/factories/delivery.ts';
import { createSite } from '../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { startSession } from '../conversations/sessions/index.ts';
import { leads, sites } from '../core/db/schema/index.ts';
import { createEndpoint, listDeliveries } from '../delivery/webhooks/index.ts';
import { getSite } from '../sites/unchecked.ts';
import { countLeads, exportLeads, findLead, listLeads, updateLead } from './index.ts';
import { COMMON_WORDS } from './query.ts';

const t = useTestApp();
const created: Lead[] = [];

async function createLead(fields: LeadInput, site = 'default'): Promise<void> {
	const { session } = await startSession(t.ctx(), { site });
	const lead = await updateLead(t.ctx(), session, { fields, source: 'api' });
	if (lead) created.unshift(lead);
}

beforeAll(async () => {
	const site = await getSite(t.ctx(), { key: 'default' });
	const { look, completion_phrases, fallback_reply, connector } = site;
	const same = { look, completion_phrases, fallback_reply, connector };
	const questions = [
		{ key: 'roof', label: 'Roof', type: 'text' as const, is_required: true, options: [] },
	];
	await t.app.db.insert(sites).values({ ...same, key: 'other', name: 'Other', questions });
	await createLead({ name: 'Ada Lovelace', email: 'ada@example.com', phone: '+442079460000' });
	await createLead({ name: '=HYPERLINK("http://evil.example")', company: 'Müller, Söhne & Co' });
	await createLead({ name: 'Grace Hopper', roof: 'two\nlines', shoe_size: '38' }, 'other');
});

describe('listing leads', () => {
	it('returns pages, newest first, without gaps or duplicates', async () => {
		const first = await listLeads(t.ctx(), { limit: 2 });
		const second = await listLeads(t.ctx(), { limit: 2, cursor: first.next_cursor ?? '' });
		expect(first.next_cursor).not.toBeNull();
		expect(second.next_cursor).toBeNull();
		expect([...first.items, ...second.items]).toMatchObject(created);
	});

	it.each([
		[{ q: 'lovelace' }, ['Ada Lovelace']],
		[{ q: 'love' }, ['Ada Lovelace']],
		[{ q: 'ada@example.com' }, ['Ada Lovelace']],
		[{ q: 'söhne' }, ['=HYPERLINK("http://evil.example")']],
		[{ q: 'grace lovelace' }, []],
		[{ q: '!!! & :*' }, []],
		[{ site: 'other' }, ['Grace Hopper']],
		[{ site: 'nowhere' }, []],
		[{ to: '2020-01-01T00:00:00Z' }, []],
		[{ from: '2020-01-01T00:00:00Z', site: 'other' }, ['Grace Hopper']],
	])('by %j finds %j', async (filter, names) => {
		const { items } = await listLeads(t.ctx(), filter);
		expect(items.map((lead) => lead.name)).toEqual(names);
	});

	it.each([
		['few', 2],
		['many', 1],
	])('finds and counts words that %s leads have', async (_, hitsOfCommonWords) => {
		const limits = { ...COMMON_WORDS };
		onTestFinished(() => void Object.assign(COMMON_WORDS, limits));
		Object.assign(COMMON_WORDS, { page: hitsOfCommonWords, counts: hitsOfCommonWords });
		const find = async (query: object) =>
			(await listLeads(t.ctx(), { q: 'lovelace', ...query })).items.map(({ name }) => name);
		expect(await find({})).toEqual(['Ada Lovelace']);
		expect(await find({ grouped: true })).toEqual(['Ada Lovelace']);
		expect(await find({ site: 'other' })).toEqual([]);
		const csv = (await Array.fromAsync(exportLeads(t.ctx(), { q: 'lovelace' }))).join('');
		expect(csv.trim().split('\n')).toHaveLength(2);
		expect(await countLeads(t.ctx(), { q: 'lovelace' })).toMatchObject({ all: 1, contacted: 0 });
	});

	it('rejects an invalid cursor and callers without permission', async () => {
		await expect(listLeads(t.ctx(), { cursor: 'x' })).rejects.toMatchObject({ code: 'invalid' });
		const anonymous = t.ctx({ type: 'anonymous' });
		await expect(listLeads(anonymous, {})).rejects.toMatchObject({ code: 'unauthorized' });
		expect(() => exportLeads(anonymous, {})).toThrow('sign in');
	});
});

describe('the CSV export', () => {
	const exportCsv = async (filter = {}) =>
		(await Array.fromAsync(exportLeads(t.ctx(), filter))).join('');

	it('has core fields, every question and other answers, with formulas escaped', async () => {
		const lines = (await exportCsv()).split('\r\n');
		expect(lines[0]).toMatch(
			/^\ufeffsession_id,name,email,phone,company,.*roof,other_answers,score,created_at,updated_at,outcome,outcome_value,outcome_currency,outcome_at,site,source,utm_campaign,completion_status,reply_due_at,first_contact_at$/,
		);
		expect(lines).toHaveLength(1 + 3 + 1);
		expect(lines[1]).toContain('"two\nlines","{""shoe_size"":""38""}"');
		expect(lines[2]).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
		expect(lines[2]).toContain('"Müller, Söhne & Co"');
		expect(lines[3]).toContain('Ada Lovelace,ada@example.com,+442079460000');
	});

	it('leaves the cells of unknown values empty', async () => {
		await createLead({ name: 'Nobody' }, 'other');
		const [header = '', line = ''] = (await exportCsv({ site: 'other' })).split('\r\n');
		const cells = new Map(header.split(',').map((name, i) => [name, line.split(',')[i]]));
		expect(cells.get('roof')).toBe('');
		expect(cells.get('company')).toBe('');
	});

	it('has the site, source and follow-up that the table shows', async () => {
		const { session } = await startSession(t.ctx(), {
			site: 'other',
			context: { utm_source: 'google', utm_campaign: 'storm-repair' },
		});
		await updateLead(t.ctx(), session, { fields: { name: 'Maya' }, source: 'api' });
		const due = new Date('2026-12-01T10:00:00Z');
		await t.app.db
			.update(leads)
			.set({ promise_due_at: due, first_contact_at: due })
			.where(eq(leads.chat_session_id, session.id));
		const lines = (await exportCsv({ site: 'other' })).split('\r\n');
		const line = lines.find((line) => line.includes(',Maya,')) ?? '';
		const at = due.toISOString();
		expect(line).toMatch(new RegExp(`,other,google,storm-repair,in_progress,${at},${at}$`));
	});

	it('contains each lead once across batches', async () => {
		const before = (await exportCsv()).split('\r\n').length;
		await insertMany(1100);
		const ids = (await exportCsv()).split('\r\n').map((line) => line.split(',')[0]);
		expect(ids).toHaveLength(before + 1100);
		const sessionIds = ids.filter((id) => id?.startsWith('session_'));
		expect(new Set(sessionIds).size).toBe(sessionIds.length);
	});
});

/** Inserts leads with the same creation time, so that only the id orders them. */
async function insertMany(count: number): Promise<void> {
	await t.app.db.execute(sql`
		with made as (
			insert into chat_sessions (public_id, site_id)
			select 'session_many_' || n, (select id from sites where key = 'default') from generate_series(1, ${count}) n
			returning id
		)
		insert into leads (chat_session_id, name) select id, 'Many' from made`);
}

type Sent = [event: WebhookEvent, status: DeliveryStatus, version: number, isSecond?: true];
/** Returns a delivery to the second endpoint. */
const toSecondEndpoint = (...[event, status, version]: Sent): Sent => [
	event,
	status,
	version,
	true,
];
const HISTORIES: Sent[][] = [
	[],
	[['lead.completed', 'delivered', 0]],
	[['lead.completed', 'pending', 1]],
	[['lead.completed', 'failed', 1]],
	[['lead.completed', 'delivered', 1]],
	[['lead.completed', 'delivered', 2]],
	[['lead.abandoned', 'delivered', 2]],
	...(['pending', 'failed', 'delivered'] as const).flatMap((status): Sent[][] => [
		[
			['lead.completed', 'delivered', 0],
			['lead.updated', status, 2],
		],
		[
			['lead.completed', 'delivered', 1],
			['lead.updated', status, 2],
		],
		[
			['lead.completed', 'failed', 1],
			['lead.updated', status, 2],
		],
		[
			['lead.completed', 'delivered', 1],
			['lead.updated', 'delivered', 2],
			['lead.withdrawn', status, 2],
		],
		// Two endpoints; one of them receives no amendments.
		[['lead.completed', 'delivered', 1], toSecondEndpoint('lead.completed', status, 2)],
		[
			['lead.completed', status, 1],
			toSecondEndpoint('lead.completed', 'delivered', 1),
			toSecondEndpoint('lead.updated', 'delivered', 2),
		],
		[
			['lead.completed', 'delivered', 1],
			toSecondEndpoint('lead.completed', 'delivered', 1),
			['lead.updated', status, 2],
			toSecondEndpoint('lead.updated', 'delivered', 2),
		],
		[
			['lead.completed', 'failed', 1],
			toSecondEndpoint('lead.completed', 'delivered', 1),
			toSecondEndpoint('lead.withdrawn', status, 1),
		],
		[
			['lead.completed', 'delivered', 1],
			['lead.withdrawn', 'delivered', 1],
			toSecondEndpoint('lead.completed', status, 2),
		],
	]),
];

describe('the delivery state of a lead of version 2', () => {
	it.each(HISTORIES.map((sent) => ({ sent })))(
		'is the same in the list, its filter and the chat view after $sent',
		async ({ sent }) => {
			const { id, session_id } = await createChat(t.ctx(), { lead: { name: 'Ada' } });
			await t.app.db.update(leads).set({ version: 2 }).where(eq(leads.chat_session_id, id));
			const first = await createEndpoint(t.ctx(), {
				site: 'default',
				url: 'http://127.0.0.1:9/',
				events: ['lead.completed'],
			});
			const other = await createEndpoint(t.ctx(), {
				site: 'default',
				url: 'http://127.0.0.1:9/other',
				events: ['lead.completed'],
			});
			for (const [event, status, lead_version, isSecond] of sent) {
				const values = { event, status, lead_version, chat_session_id: id };
				await createDelivery(t.ctx(), isSecond ? other : first, values);
			}
			const { items: deliveries } = await listDeliveries(t.ctx(), { session_id });
			const delivery = getLeadDelivery(deliveries, await findLead(t.ctx(), session_id));
			const state = delivery?.state ?? null;
			const listed = async (delivery?: LeadDeliveryState | 'none') => {
				const { items } = await listLeads(t.ctx(), { delivery });
				return items.find((item) => item.session_id === session_id);
			};
			expect((await listed())?.delivery?.state ?? null).toBe(state);
			expect(await listed(state ?? 'none')).toBeDefined();
			const isDelivered = !['pending', 'failed', 'withdrawn', null].includes(state);
			expect((await listed('delivered')) !== undefined).toBe(isDelivered);
		},
	);
});

it('names the source of the visit as statistics do', async () => {
	const { key } = await createSite(t.app);
	const contexts = [
		{ utm_source: 'Newsletter', utm_campaign: 'spring' },
		{ gclid: 'abc' },
		{ referrer: 'https://www.google.com/search' },
		{ referrer: 'https://blog.example/roofs?q=1' },
		{},
	];
	for (const context of contexts) {
		const { session } = await startSession(t.ctx(), { site: key, context });
		await updateLead(t.ctx(), session, { fields: { name: 'Ada' }, source: 'api' });
	}
	const { items } = await listLeads(t.ctx(), { site: key });
	expect(items.map(({ source }) => source.name).reverse()).toEqual([
		'newsletter',
		'google',
		'google',
		'blog.example',
		'direct',
	]);
});
