import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createApiKey } from '#lib/server/team/api-keys/index.ts';
import { recordError } from '#lib/server/quality/automation-errors/index.ts';
import { setOutcome, updateLead } from '#lib/server/leads/index.ts';
import { createCase } from '#lib/server/quality/suites/index.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { submitReview } from '#lib/server/quality/reviews/index.ts';
import { deleteSession, updateSession } from '#lib/server/conversations/sessions/index.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { useTestServer } from '../support/server.ts';

const t = useTestServer();

describe('every agent receives', () => {
	it('a new chat session, its messages and its updates', async () => {
		const [client, user] = [await t.connectAgent(), await t.connectUser()];
		const { visitor, session_id } = await t.startChat();
		const { message } = await visitor.waitForEvent('message.created');
		await updateSession(t.ctx(), session_id, { archive_status: 'archived' });
		for (const agent of [client, user]) {
			const { session } = await agent.waitForEvent('session.created');
			expect(session).toMatchObject({ session_id, site: 'default', channel: 'web' });
			const received = await agent.waitForEvent(
				'message.created',
				(event) => event.session_id === session_id,
			);
			expect(received.message).toMatchObject(message);
			const changed = await agent.waitForEvent('session.updated');
			expect(changed.session).toMatchObject({ session_id, archive_status: 'archived' });
		}
	});

	it('leads, completions, deliveries, reviews, errors and deletions', async () => {
		await createEndpoint(t.ctx(), {
			site: 'default',
			url: 'http://127.0.0.1:9/leads',
			events: ['lead.completed'],
		});
		const agent = await t.connectAgent();
		const { session_id } = await t.startChat();
		const system = t.ctx();
		await updateLead(system, { session_id }, { fields: { name: 'Maya' }, source: 'api' });
		await updateSession(system, session_id, { completion_status: 'complete' });
		await submitReview(system, session_id, { qa_status: 'passed' });
		await recordError(system, { workflow: 'Leads', message: 'no quota', session_id });
		await deleteSession(system, session_id);
		expect((await agent.waitForEvent('lead.updated')).lead).toMatchObject({
			session_id,
			name: 'Maya',
		});
		const { session } = await agent.waitForEvent('session.completed');
		expect(session).toMatchObject({ session_id, completion_status: 'complete' });
		const { delivery } = await agent.waitForEvent('delivery.updated');
		expect(delivery).toMatchObject({ session_id, event: 'lead.completed', status: 'pending' });
		expect((await agent.waitForEvent('review.submitted')).review).toMatchObject({
			qa_status: 'passed',
		});
		expect((await agent.waitForEvent('error.recorded')).error).toMatchObject({ session_id });
		expect(await agent.waitForEvent('session.deleted')).toEqual({ session_id });
	});

	it('audit entries, but only as an admin', async () => {
		const [admin, member] = [await t.connectAgent(), await t.connectUser()];
		const { session_id } = await t.startChat();
		await updateSession(t.ctx(), session_id, { archive_status: 'archived' });
		await admin.waitForEvent('audit.added', ({ action }) => action === 'session.archived');
		await deleteSession(t.ctx(), session_id);
		await member.waitForEvent('session.deleted');
		expect(member.events('audit.added')).toEqual([]);
	});
});

describe('an agent', () => {
	it('takes over, writes to the visitor under their own name, and hands back', async () => {
		const { visitor, session_id } = await t.startChat();
		await visitor.waitForEvent('reply.finished');
		const [agent, colleague] = [await t.connectUser('Grace Hopper'), await t.connectUser()];

		const { session } = await agent.request('session:take-over', { session_id });
		expect(session).toMatchObject({ ai_paused: true, assignee: { name: 'Grace Hopper' } });
		expect(await visitor.waitForEvent('agent.joined')).toEqual({
			session_id,
			name: 'Grace Hopper',
			photo: null,
		});
		await visitor.waitForEvent(
			'session.updated',
			(event) => event.session.agent === 'Grace Hopper',
		);
		await colleague.waitForEvent('session.updated', (event) => event.session.ai_paused);

		const sent = { session_id, message: 'Hello, this is Grace', client_message_id: randomUUID() };
		const { message } = await agent.request('message:send', sent);
		expect(message).toMatchObject({ sender: 'agent', author: 'Grace Hopper' });
		const shown = await visitor.waitForEvent(
			'message.created',
			(event) => event.message.id === message.id,
		);
		expect(shown.message).toMatchObject({ author: 'Grace Hopper', message: sent.message });
		await colleague.waitForEvent('message.created', (event) => event.message.id === message.id);
		expect((await agent.request('message:send', sent)).message.id).toBe(message.id);

		const after = await agent.request('session:hand-back', { session_id });
		expect(after.session).toMatchObject({ ai_paused: false, assignee: null });
		expect(await visitor.waitForEvent('agent.left')).toEqual({ session_id });
		expect(await listMessages(t.ctx(), session_id)).toHaveLength(2);
	});

	it('can only write to a chat that has been taken over', async () => {
		const { session_id } = await t.startChat();
		const agent = await t.connectUser();
		const refused = await agent.getErrorCode('message:send', { session_id, message: 'Hello' });
		expect(refused).toBe('conflict');
	});

	it('is shown as typing to the visitor and to other watching agents', async () => {
		const { visitor, session_id } = await t.startChat();
		const [agent, colleague] = [await t.connectUser('Grace Hopper'), await t.connectUser()];
		await colleague.request('session:watch', { session_id });
		await agent.request('typing:set', { session_id, is_typing: true });
		const event = { session_id, sender: 'agent', author: 'Grace Hopper', is_typing: true };
		expect(
			await visitor.waitForEvent('typing.changed', ({ sender }) => sender === 'agent'),
		).toEqual(event);
		expect(await colleague.waitForEvent('typing.changed')).toEqual(event);
	});

	it('gets not_found for an unknown chat session', async () => {
		const agent = await t.connectUser();
		const session_id = 'session_nowhere';
		for (const name of ['session:watch', 'session:take-over', 'session:hand-back'] as const) {
			expect(await agent.getErrorCode(name, { session_id })).toBe('not_found');
		}
		expect(await agent.getErrorCode('message:send', { session_id, message: 'Hi' })).toBe(
			'not_found',
		);
		expect(await agent.getErrorCode('session:watch', { session_id: 'x y' })).toBe('invalid');
	});
});

describe('an API client', () => {
	it('cannot act as a user, even with a full-access key', async () => {
		const { session_id } = await t.startChat();
		const client = await t.connectAgent();
		expect(await client.getErrorCode('session:take-over', { session_id })).toBe('forbidden');
		const refused = await client.getErrorCode('message:send', { session_id, message: 'Hello' });
		expect(refused).toBe('forbidden');
	});

	it('receives no event that its key may not read over HTTP', async () => {
		await createEndpoint(t.ctx(), {
			site: 'default',
			url: 'http://127.0.0.1:9/leads',
			events: ['lead.completed'],
		});
		const scopes = ['sessions:read'] as const;
		const { key } = await createApiKey(t.ctx(), { name: 'screen', scopes: [...scopes] });
		const [client, all] = [await t.connectAgent({ api_key: key }), await t.connectAgent()];
		const { session_id } = await t.startChat();
		await recordError(t.ctx(), { workflow: 'Leads', message: 'no quota', session_id });
		await updateSession(t.ctx(), session_id, { completion_status: 'complete' });
		await all.waitForEvent('error.recorded', ({ error }) => error.session_id === session_id);
		await all.waitForEvent(
			'delivery.updated',
			({ delivery }) => delivery.session_id === session_id,
		);
		await setOutcome(t.ctx(), session_id, { stage: 'won' });
		await all.waitForEvent('lead.outcome');
		await createCase(t.ctx(), { site: 'default', lines: ['Hello'], checks: [] });
		await all.waitForEvent('case.created');
		// Once a later event has arrived, earlier ones would have arrived too.
		await updateSession(t.ctx(), session_id, { archive_status: 'archived' });
		await client.waitForEvent(
			'session.updated',
			({ session }) => session.archive_status === 'archived',
		);
		expect(client.events('error.recorded')).toEqual([]);
		expect(client.events('delivery.updated')).toEqual([]);
		expect(client.events('lead.outcome')).toEqual([]);
		expect(client.events('case.created')).toEqual([]);
	});

	it('with a read-only key cannot change anything', async () => {
		const { session_id } = await t.startChat();
		const { key } = await createApiKey(t.ctx(), { name: 'screen', scopes: ['sessions:read'] });
		const client = await t.connectAgent({ api_key: key });
		await client.request('session:watch', { session_id });
		await client.request('session:unwatch', { session_id });
		for (const [name, payload] of [
			['session:take-over', { session_id }],
			['session:hand-back', { session_id }],
			['message:send', { session_id, message: 'Hello' }],
			['typing:set', { session_id, is_typing: true }],
		] as const) {
			expect(await client.getErrorCode(name, payload)).toBe('forbidden');
		}
	});
});
