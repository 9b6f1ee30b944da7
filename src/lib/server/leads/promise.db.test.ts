import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeSite } from '../../../../tests/factories/site.ts';
import { actorOf, makeUser } from '../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import type { Ctx } from '../core/context.ts';
import { chat_sessions, messages } from '../core/db/schema/index.ts';
import type { AppEvent } from '../core/events.ts';
import { ingestMessages, sendAgentMessage } from '../conversations/messages/index.ts';
import { startSession, takeOver } from '../conversations/sessions/index.ts';
import { completeSession } from '../conversations/sessions/unchecked.ts';
import { contactLead, countOverdueLeads, updateLead } from './index.ts';
import { getLead, sweepPromises } from './unchecked.ts';

const t = useTestApp();
const HOUR = 3_600_000;
const told: AppEvent[] = [];
let agent: Ctx;

beforeAll(async () => {
	agent = t.ctx(actorOf(await makeUser(t.app, { name: 'Anna' })));
	t.app.events.onPublished((event) => told.push(event));
});
beforeEach(async () => {
	await t.app.db.delete(chat_sessions);
	told.length = 0;
});

async function startChat(promise_hours = 24) {
	const { key } = await makeSite(t.app, { promise_hours });
	const { session } = await startSession(t.ctx(), { site: key });
	return session;
}
const know = (session: { session_id: string }) =>
	updateLead(t.ctx(), session, { fields: { name: 'Maya' }, source: 'api' });
const complete = ({ id }: { id: number }) =>
	completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
const leadOf = ({ session_id }: { session_id: string }) => getLead(t.ctx(), session_id);
const events = (name: string) => told.filter((event) => event.name === name);

describe('the promise of a lead', () => {
	test('runs from the completion for as long as the site says, and is told', async () => {
		const session = await startChat(4);
		await know(session);
		expect((await leadOf(session)).promise_due_at).toBeNull();
		await complete(session);
		const { promise_due_at } = await leadOf(session);
		const completed = events('session.completed')[0]?.payload as {
			session: { completed_at: string };
		};
		expect(Date.parse(promise_due_at ?? '')).toBe(
			Date.parse(completed.session.completed_at) + 4 * HOUR,
		);
		expect(events('lead.updated').at(-1)?.payload).toMatchObject({ lead: { promise_due_at } });
	});

	test('is also made for a lead that becomes known after the completion', async () => {
		const session = await startChat();
		await complete(session);
		expect((await know(session))?.promise_due_at).not.toBeNull();
	});

	test('is kept by the first message of a person after the completion, not by one before', async () => {
		const session = await startChat();
		await know(session);
		await takeOver(agent, session.session_id);
		await sendAgentMessage(agent, { session_id: session.session_id, message: 'Hello' });
		t.advance(HOUR);
		await complete(session);
		expect((await leadOf(session)).first_contact_at).toBeNull();
		t.advance(HOUR);
		const message = await sendAgentMessage(agent, {
			session_id: session.session_id,
			message: 'We will call you',
		});
		await vi.waitUntil(() => events('lead.updated').length >= 3);
		t.advance(HOUR);
		await sendAgentMessage(agent, { session_id: session.session_id, message: 'Again' });
		expect(await leadOf(session)).toMatchObject({
			first_contact_at: message.timestamp,
			first_contact_by: 'Anna',
		});
	});

	test('that nobody keeps is told once as broken, and counted until somebody is in touch', async () => {
		const session = await startChat(1);
		await know(session);
		await complete(session);
		expect(await sweepPromises(t.ctx())).toBe(0);
		expect(await countOverdueLeads(agent)).toBe(0);
		t.advance(HOUR + 1_000);
		expect(await sweepPromises(t.ctx())).toBe(1);
		expect(await sweepPromises(t.ctx())).toBe(0);
		expect(events('lead.overdue')).toMatchObject([
			{ payload: { session_id: session.session_id, lead: { name: 'Maya' } } },
		]);
		expect(await countOverdueLeads(agent)).toBe(1);
		const lead = await contactLead(agent, session.session_id, { contacted: true });
		expect(lead).toMatchObject({ first_contact_by: 'Anna' });
		expect(await countOverdueLeads(agent)).toBe(0);
		await contactLead(agent, session.session_id, { contacted: false });
		expect(await countOverdueLeads(agent)).toBe(1);
	});

	test('finds a message of a person that was overlooked', async () => {
		const session = await startChat(1);
		await know(session);
		await complete(session);
		await t.app.db.insert(messages).values({
			chat_session_id: session.id,
			sender: 'agent',
			message: 'Hello',
			created_at: new Date(t.app.clock().getTime() + 1_000),
		});
		t.advance(2 * HOUR);
		expect(await sweepPromises(t.ctx())).toBe(0);
		expect((await leadOf(session)).first_contact_at).not.toBeNull();
		expect(events('lead.overdue')).toEqual([]);
	});

	test('is kept by a message of a person that comes from outside', async () => {
		const session = await startChat();
		await know(session);
		await complete(session);
		t.advance(HOUR);
		await ingestMessages(t.ctx(), session.session_id, { sender: 'agent', message: 'Hello' });
		await vi.waitUntil(async () => (await leadOf(session)).first_contact_at !== null);
		expect((await leadOf(session)).first_contact_by).toBeNull();
	});

	test('is kept by the first who says so', async () => {
		const session = await startChat();
		await know(session);
		const first = await contactLead(agent, session.session_id, { contacted: true });
		t.advance(HOUR);
		expect(await contactLead(t.ctx(), session.session_id, { contacted: true })).toEqual(first);
		const nobody = t.ctx({ type: 'anonymous' });
		await expect(
			contactLead(nobody, session.session_id, { contacted: true }),
		).rejects.toMatchObject({ code: 'unauthorized' });
		const silent = await startChat();
		await expect(contactLead(agent, silent.session_id, { contacted: true })).rejects.toMatchObject({
			code: 'not_found',
		});
	});
});
