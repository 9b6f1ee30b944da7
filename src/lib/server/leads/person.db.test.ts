import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LeadInput } from '#lib/contract/lead.ts';
import type { LeadListQuery } from '#lib/contract/lead-list.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { createDelivery } from '../../../../tests/factories/delivery.ts';
import { createSite } from '../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { chat_sessions, leads } from '../core/db/schema/index.ts';
import { startSession } from '../conversations/sessions/index.ts';
import { completeSession } from '../conversations/sessions/unchecked.ts';
import { listLeads, updateLead } from './index.ts';

const t = useTestApp();

beforeEach(async () => {
	await t.app.db.delete(chat_sessions);
});

async function createLead(fields: LeadInput, site = 'default', channel?: 'messenger') {
	const { session } = await startSession(t.ctx(), { site }, { channel });
	await updateLead(t.ctx(), session, { fields, source: 'api' });
	t.advance(1_000);
	return session;
}
const listItems = async (query: LeadListQuery) => (await listLeads(t.ctx(), query)).items;
const listNames = async (query: LeadListQuery) => (await listItems(query)).map(({ name }) => name);

describe('leads of one person', () => {
	it.each([
		['+49 170 1234567', '0049 170 123 45 67'],
		['+44 (0)20 7946 0000', '+442079460000'],
		['tel:+1-212-555-0100', '+1 (212) 555.0100'],
	])('are one row when the phone number is written %s and %s', async (one, two) => {
		await createLead({ name: 'First', phone: one });
		await createLead({ name: 'Second', phone: two }, 'default', 'messenger');
		await createLead({ name: 'Else', phone: '+49 30 5550199' });
		expect(await listNames({ grouped: true })).toEqual(['Else', 'Second']);
		expect((await listItems({ grouped: true })).map(({ chat_count }) => chat_count)).toEqual([
			1, 2,
		]);
	});

	it('are linked by email and by phone number, and can be listed', async () => {
		const { key } = await createSite(t.app);
		const first = await createLead({ name: 'Ada', email: 'ADA@example.com' });
		await createLead({ name: 'Ada L.', email: 'ada@example.com', phone: '+442079460000' }, key);
		await createLead({ name: 'A. Lovelace', phone: '+44 20 7946 0000' });
		await createLead({ name: 'Nobody' });
		expect(await listNames({ grouped: true })).toEqual(['Nobody', 'A. Lovelace']);
		expect(await listItems({ grouped: true })).toMatchObject([
			{ chat_count: 1 },
			{ chat_count: 3 },
		]);
		expect(await listNames({ person_of: first.session_id })).toEqual([
			'A. Lovelace',
			'Ada L.',
			'Ada',
		]);
		expect(await listNames({ person_of: 'session_nobody' })).toEqual([]);
	});

	it('appear in a filtered list as the matching lead', async () => {
		const { key } = await createSite(t.app);
		await createLead({ name: 'Here', email: 'ada@example.com' }, key);
		await createLead({ name: 'Newer elsewhere', email: 'ada@example.com' });
		expect(await listNames({ grouped: true, site: key })).toEqual(['Here']);
		expect(await listNames({ grouped: true, q: 'here' })).toEqual(['Here']);
		expect(await listNames({})).toEqual(['Newer elsewhere', 'Here']);
	});

	it('are separated when an edit removes what they share', async () => {
		await createLead({ name: 'One', email: 'ada@example.com' });
		const other = await createLead({ name: 'Two', email: 'ada@example.com' });
		const fields = { email: 'grace@example.com' };
		await updateLead(t.ctx(), other, { fields, source: 'agent' });
		expect(await listNames({ grouped: true })).toEqual(['Two', 'One']);
	});
});

describe('sorting and filtering leads', () => {
	it('sorts by score in pages without gaps or duplicates, even with equal scores', async () => {
		const { key: site } = await createSite(t.app, { questions: [] });
		await createLead({ name: 'Low' }, site);
		await createLead({ name: 'High', email: 'a@example.com', phone: '+4930123456' }, site);
		await createLead({ name: 'Same low' }, site);
		const first = await listLeads(t.ctx(), { sort: 'score', limit: 2 });
		const second = await listLeads(t.ctx(), {
			sort: 'score',
			limit: 2,
			cursor: first.next_cursor ?? '',
		});
		const found = [...first.items, ...second.items].map(({ name }) => name);
		expect(found).toEqual(['High', 'Same low', 'Low']);
		expect(second.next_cursor).toBeNull();
	});

	it('filters by completion, by the latest delivery and by overdue leads', async () => {
		const open = await createLead({ name: 'Open' });
		const done = await createLead({ name: 'Done' });
		await completeSession(t.ctx(), { chat_session_id: done.id, source: 'api' });
		const endpoint = await createEndpoint(t.ctx(), {
			site: 'default',
			url: 'https://hooks.example.com/',
			events: ['lead.completed'],
		});
		await createDelivery(t.ctx(), endpoint, { chat_session_id: done.id, status: 'failed' });
		await createDelivery(t.ctx(), endpoint, { chat_session_id: done.id, status: 'delivered' });
		expect(await listNames({ completion_status: 'complete' })).toEqual(['Done']);
		expect(await listNames({ delivery: 'delivered' })).toEqual(['Done']);
		expect(await listNames({ delivery: 'failed' })).toEqual([]);
		expect(await listNames({ delivery: 'none' })).toEqual(['Open']);
		expect(await listItems({ delivery: 'delivered' })).toMatchObject([
			{ delivery: { status: 'delivered' }, completion_status: 'complete', site: 'default' },
		]);
		await t.app.db
			.update(leads)
			.set({ promise_due_at: new Date(t.app.clock().getTime() - 1) })
			.where(eq(leads.chat_session_id, open.id));
		expect(await listNames({ overdue: true })).toEqual(['Open']);
		expect(await listNames({ overdue: false })).toEqual(['Done']);
	});
});
