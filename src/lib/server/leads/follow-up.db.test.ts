import { eq } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSite } from '../../../../tests/factories/site.ts';
import { createUserCtx } from '../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import type { LeadListQuery } from '#lib/contract/lead-list.ts';
import type { Ctx } from '../core/context.ts';
import { chat_sessions, messages } from '../core/db/schema/index.ts';
import type { AppEvent } from '../core/events.ts';
import { changeSessions } from '../conversations/bulk/index.ts';
import { ingestMessages, sendAgentMessage } from '../conversations/messages/index.ts';
import { takeOver } from '../conversations/handoffs/index.ts';
import { startSession } from '../conversations/sessions/index.ts';
import { completeSession } from '../conversations/sessions/unchecked.ts';
import { getOverview } from '../statistics/index.ts';
import { countLeads, listLeads, markLeadContacted, updateLead } from './index.ts';
import { getLead, sweepOverdueLeads } from './unchecked.ts';

const t = useTestApp();
const HOUR = 3_600_000;
const published: AppEvent[] = [];
let agent: Ctx;

beforeAll(async () => {
	agent = await createUserCtx(t, { name: 'Anna' });
	t.app.events.onPublished((event) => published.push(event));
});
beforeEach(async () => {
	await t.app.db.delete(chat_sessions);
	published.length = 0;
});

async function startChat(promise_hours = 24) {
	const { key } = await createSite(t.app, { promise_hours });
	const { session } = await startSession(t.ctx(), { site: key });
	return session;
}
const createLead = (session: { session_id: string }) =>
	updateLead(t.ctx(), session, { fields: { name: 'Maya' }, source: 'api' });
const complete = ({ id }: { id: number }) =>
	completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
const readLead = ({ session_id }: { session_id: string }) => getLead(t.ctx(), session_id);
const listEvents = (name: string) => published.filter((event) => event.name === name);

describe('the follow-up deadline of a lead', () => {
	it('is the completion plus the site’s hours, and is published', async () => {
		const session = await startChat(4);
		await createLead(session);
		expect((await readLead(session)).promise_due_at).toBeNull();
		await complete(session);
		const { promise_due_at } = await readLead(session);
		const completed = listEvents('session.completed')[0]?.payload as {
			session: { completed_at: string };
		};
		expect(Date.parse(promise_due_at ?? '')).toBe(
			Date.parse(completed.session.completed_at) + 4 * HOUR,
		);
		expect(listEvents('lead.updated').at(-1)?.payload).toMatchObject({ lead: { promise_due_at } });
	});

	it('is also set for a lead created after the completion', async () => {
		const session = await startChat();
		await complete(session);
		expect((await createLead(session))?.promise_due_at).toEqual(expect.any(String));
	});

	it('is met by the first agent message after the completion, not by an earlier one', async () => {
		const session = await startChat();
		await createLead(session);
		await takeOver(agent, session.session_id);
		await sendAgentMessage(agent, { session_id: session.session_id, message: 'Hello' });
		t.advance(HOUR);
		await complete(session);
		expect((await readLead(session)).first_contact_at).toBeNull();
		t.advance(HOUR);
		const message = await sendAgentMessage(agent, {
			session_id: session.session_id,
			message: 'We will call you',
		});
		await vi.waitUntil(() => listEvents('lead.updated').length >= 3);
		t.advance(HOUR);
		await sendAgentMessage(agent, { session_id: session.session_id, message: 'Again' });
		expect(await readLead(session)).toMatchObject({
			first_contact_at: message.timestamp,
			first_contact_by: 'Anna',
		});
	});

	it('is reported once when it passes, and counted as overdue until someone makes contact', async () => {
		const session = await startChat(1);
		const fields = { name: 'Maya', email: 'maya@example.com' };
		await updateLead(t.ctx(), session, { fields, source: 'api' });
		await complete(session);
		expect(await sweepOverdueLeads(t.ctx())).toBe(0);
		expect((await countLeads(agent, {})).overdue).toBe(0);
		t.advance(HOUR + 1_000);
		expect(await sweepOverdueLeads(t.ctx())).toBe(1);
		expect(await sweepOverdueLeads(t.ctx())).toBe(0);
		expect(listEvents('lead.overdue')).toMatchObject([
			{ payload: { session_id: session.session_id, lead: { name: 'Maya' } } },
		]);
		expect((await countLeads(agent, {})).overdue).toBe(1);
		const lead = await markLeadContacted(agent, session.session_id, { contacted: true });
		expect(lead).toMatchObject({ first_contact_by: 'Anna' });
		expect((await countLeads(agent, {})).overdue).toBe(0);
		await markLeadContacted(agent, session.session_id, { contacted: false });
		expect((await countLeads(agent, {})).overdue).toBe(1);
	});

	it('is met by an agent message that only the sweep finds', async () => {
		const session = await startChat(1);
		await createLead(session);
		await complete(session);
		await t.app.db.insert(messages).values({
			chat_session_id: session.id,
			sender: 'agent',
			message: 'Hello',
			created_at: new Date(t.app.clock().getTime() + 1_000),
		});
		t.advance(2 * HOUR);
		expect(await sweepOverdueLeads(t.ctx())).toBe(0);
		expect((await readLead(session)).first_contact_at).not.toBeNull();
		expect(listEvents('lead.overdue')).toEqual([]);
	});

	it('is met by an ingested agent message', async () => {
		const session = await startChat();
		await createLead(session);
		await complete(session);
		t.advance(HOUR);
		await ingestMessages(t.ctx(), session.session_id, { sender: 'agent', message: 'Hello' });
		await vi.waitUntil(async () => (await readLead(session)).first_contact_at !== null);
		expect((await readLead(session)).first_contact_by).toBeNull();
	});

	it('is met by the first teammate who marks the lead as contacted', async () => {
		const session = await startChat();
		await createLead(session);
		const first = await markLeadContacted(agent, session.session_id, { contacted: true });
		t.advance(HOUR);
		expect(await markLeadContacted(t.ctx(), session.session_id, { contacted: true })).toEqual(
			first,
		);
		const anonymous = t.ctx({ type: 'anonymous' });
		await expect(
			markLeadContacted(anonymous, session.session_id, { contacted: true }),
		).rejects.toMatchObject({ code: 'unauthorized' });
		const silent = await startChat();
		await expect(
			markLeadContacted(agent, silent.session_id, { contacted: true }),
		).rejects.toMatchObject({
			code: 'not_found',
		});
	});
});

describe('the work queue of leads', () => {
	/** Creates three leads, which are due in 1, 2 and 4 hours. */
	async function createQueue() {
		const sessions = [];
		for (const hours of [4, 1, 2]) {
			const session = await startChat(hours);
			const fields = { name: `Due in ${hours}`, email: `due${hours}@example.com` };
			await updateLead(t.ctx(), session, { fields, source: 'api' });
			await complete(session);
			sessions.push(session);
		}
		return sessions;
	}
	const listNames = async (query: LeadListQuery) =>
		(await listLeads(agent, query)).items.map(({ name }) => name);

	it('lists the earliest deadline first, page by page, without leads that were contacted', async () => {
		const [first] = await createQueue();
		const page = await listLeads(agent, { sort: 'due', limit: 2 });
		expect(page.items.map(({ name }) => name)).toEqual(['Due in 1', 'Due in 2']);
		expect(await listNames({ sort: 'due', cursor: page.next_cursor ?? '' })).toEqual(['Due in 4']);
		await markLeadContacted(agent, first?.session_id ?? '', { contacted: true });
		expect(await listNames({ sort: 'due' })).toEqual(['Due in 1', 'Due in 2']);
		expect(await listNames({ follow_up: 'needs_reply' })).toEqual(['Due in 2', 'Due in 1']);
		expect(await listNames({ follow_up: 'contacted' })).toEqual(['Due in 4']);
	});

	it('counts in each view what its list contains', async () => {
		const [first] = await createQueue();
		await createLead(await startChat());
		await updateLead(t.ctx(), await startChat(), {
			fields: { name: 'Same person', email: 'due2@example.com' },
			source: 'api',
		});
		await markLeadContacted(agent, first?.session_id ?? '', { contacted: true });
		t.advance(1.5 * HOUR);
		const { items } = await listLeads(agent, { follow_up: 'needs_reply' });
		expect(await countLeads(agent, {})).toEqual({
			needs_reply: items.length,
			overdue: (await listNames({ overdue: true, sort: 'due' })).length,
			contacted: (await listNames({ follow_up: 'contacted' })).length,
			all: (await listNames({ reachable: true, grouped: true })).length,
			without_contact: (await listNames({ reachable: false })).length,
		});
		expect(await countLeads(agent, {})).toEqual({
			needs_reply: 2,
			overdue: 1,
			contacted: 1,
			all: 3,
			without_contact: 1,
		});
		expect(await countLeads(agent, { q: 'Same person' })).toMatchObject({ needs_reply: 0, all: 1 });
		expect(await countLeads(agent, { delivery: 'none' })).toMatchObject({ all: 5 });
	});

	it('a Messenger lead without contact details needs a reply while its reply window is open', async () => {
		const session = await startChat(1);
		await createLead(session);
		await complete(session);
		const setWindow = (hours: number) =>
			t.app.db
				.update(chat_sessions)
				.set({
					channel: 'messenger',
					reply_until: new Date(t.app.clock().getTime() + hours * HOUR),
				})
				.where(eq(chat_sessions.id, session.id));
		const readCounts = async () => {
			const { needs_attention } = await getOverview(agent);
			const { needs_reply, overdue, all, without_contact } = await countLeads(agent, {});
			expect(needs_attention.overdue_leads).toBe(overdue);
			expect(await listNames({ follow_up: 'needs_reply', reachable: true })).toHaveLength(
				needs_reply,
			);
			expect(await listNames({ reachable: false })).toHaveLength(without_contact);
			return { needs_reply, overdue, all, without_contact };
		};
		const closed = { needs_reply: 0, overdue: 0, all: 0, without_contact: 1 };
		expect(await readCounts()).toEqual(closed);
		await setWindow(2);
		expect(await readCounts()).toEqual({ needs_reply: 1, overdue: 0, all: 1, without_contact: 0 });
		t.advance(1.5 * HOUR);
		expect(await readCounts()).toEqual({ needs_reply: 1, overdue: 1, all: 1, without_contact: 0 });
		t.advance(HOUR);
		expect(await readCounts()).toEqual(closed);
	});

	it('marks several leads as contacted at once, and reports chats without a lead', async () => {
		const sessions = await createQueue();
		const silent = await startChat();
		const session_ids = [...sessions, silent].map(({ session_id }) => session_id);
		const { done, refused } = await changeSessions(agent, {
			act: 'contact',
			session_ids,
			contacted: true,
		});
		expect(done).toHaveLength(3);
		expect(refused).toMatchObject([{ session_id: silent.session_id, code: 'not_found' }]);
		expect(await countLeads(agent, {})).toMatchObject({ needs_reply: 0, contacted: 3 });
	});
});
