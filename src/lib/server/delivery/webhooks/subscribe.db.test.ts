import { eq } from 'drizzle-orm';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { WebhookEvent } from '#lib/contract/events.ts';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStatementCount } from '../../../../../tests/support/statements.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, deliveries, webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { submitReview } from '#lib/server/quality/reviews/index.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { getSession, startSession } from '#lib/server/conversations/sessions/index.ts';
import { completeSession, sweepSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import { createEndpoint, listDeliveries } from './index.ts';

const statements = useStatementCount();
const t = useTestApp();
let agent: Ctx;

beforeAll(async () => {
	agent = await createUserCtx(t);
});
afterEach(async () => {
	await t.app.db.delete(webhook_endpoints);
});

const createEndpointFor = (...events: WebhookEvent[]) =>
	createEndpoint(t.ctx(), { site: 'default', url: 'http://127.0.0.1:9/hook', events });

const complete = (chat_session_id: number) =>
	completeSession(t.ctx(), { chat_session_id, source: 'live' });

const sentBody = z.object({
	type: z.string(),
	timestamp: z.iso.datetime(),
	data: z.record(z.string(), z.unknown()),
});

/** Returns the bodies of pending deliveries, oldest first. */
async function readBodies() {
	const rows = await t.app.db.select().from(deliveries).orderBy(deliveries.id);
	return rows.map((row) => sentBody.parse(JSON.parse(row.body)));
}

describe('a completion', () => {
	it('creates one delivery with the session, the lead and the transcript', async () => {
		await createEndpointFor('lead.completed');
		const lead = { name: 'Zoë 🌍', email: 'zoe@example.com', budget: '10k' };
		const chat = await createChat(t.ctx(), { messages: ['Hi', 'I am "Zoë" 🌍\n2'], lead });
		await complete(chat.id);
		const [body, ...more] = await readBodies();
		expect(more).toEqual([]);
		expect(Object.keys(body ?? {})).toEqual(['type', 'timestamp', 'data']);
		expect(body?.type).toBe('lead.completed');
		expect(Object.keys(body?.data ?? {})).toEqual([
			'session',
			'lead',
			'transcript',
			'version',
			'rescued',
		]);
		expect(body?.data['session']).toEqual(await getSession(t.ctx(), chat.session_id));
		expect(body?.data['session']).toMatchObject({ completion_status: 'complete' });
		expect(body?.data['lead']).toMatchObject({ name: 'Zoë 🌍', answers: { budget: '10k' } });
		expect(body?.data['transcript']).toEqual([
			{ sender: 'visitor', message: 'Hi', timestamp: expect.any(String) as string },
			{ sender: 'visitor', message: 'I am "Zoë" 🌍\n2', timestamp: expect.any(String) as string },
		]);
	});

	it('creates one delivery, however often and by however many callers it is detected', async () => {
		await createEndpointFor('lead.completed');
		const chat = await createChat(t.ctx(), { lead: { name: 'Ada' } });
		await Promise.all(Array.from({ length: 12 }, () => complete(chat.id)));
		await complete(chat.id);
		expect(await readBodies()).toHaveLength(1);
	});

	it('creates no second delivery if it is recorded twice', async () => {
		await createEndpointFor('lead.completed');
		const chat = await createChat(t.ctx());
		await complete(chat.id);
		await t.app.db
			.update(chat_sessions)
			.set({ completion_status: 'in_progress', completed_at: null, completion_source: null })
			.where(eq(chat_sessions.id, chat.id));
		expect(await complete(chat.id)).toBe(true);
		expect(await readBodies()).toHaveLength(1);
	});

	it('creates no delivery and publishes nothing if it is rolled back', async () => {
		await createEndpointFor('lead.completed');
		const chat = await createChat(t.ctx());
		const published: AppEvent[] = [];
		const stop = t.app.events.onPublished((event) => published.push(event));
		const undone = inTransaction(t.ctx(), async (tx) => {
			await completeSession(tx, { chat_session_id: chat.id, source: 'live' });
			throw new Error('after the outbox was written');
		});
		await expect(undone).rejects.toThrow('after the outbox');
		stop();
		expect(await readBodies()).toEqual([]);
		expect(published).toEqual([]);
	});

	it('goes to each subscribed endpoint with its own id, and to no others', async () => {
		const { id: first } = await createEndpointFor('lead.completed');
		const { id: second } = await createEndpointFor('lead.completed', 'session.created');
		await createEndpointFor('lead.abandoned', 'review.submitted');
		const { id: off } = await createEndpointFor('lead.completed');
		await t.app.db
			.update(webhook_endpoints)
			.set({ is_enabled: false })
			.where(eq(webhook_endpoints.id, off));
		const chat = await createChat(t.ctx());
		await t.app.db.delete(deliveries);
		await complete(chat.id);
		const rows = await t.app.db.select().from(deliveries).orderBy(deliveries.endpoint_id);
		expect(rows.map((row) => row.endpoint_id)).toEqual([first, second]);
		expect(new Set(rows.map((row) => row.webhook_id)).size).toBe(2);
	});

	it('is published as a pending delivery', async () => {
		await createEndpointFor('lead.completed');
		const chat = await createChat(t.ctx());
		const published: AppEvent[] = [];
		const stop = t.app.events.onPublished((event) => published.push(event));
		await complete(chat.id);
		stop();
		const { items } = await listDeliveries(agent, {});
		expect(published).toContainEqual({ name: 'delivery.updated', payload: { delivery: items[0] } });
		expect(items[0]).toMatchObject({
			event: 'lead.completed',
			session_id: chat.session_id,
			site: 'default',
			status: 'pending',
			attempts: [],
		});
	});

	it('is not delivered for a test chat', async () => {
		await createEndpointFor('lead.completed', 'session.created', 'session.completed');
		const chat = await createChat(t.ctx(), { channel: 'test' });
		await complete(chat.id);
		expect(await readBodies()).toEqual([]);
	});

	it('costs a site without endpoints one query', async () => {
		const chat = await createChat(t.ctx());
		const session = await getSession(t.ctx(), chat.session_id);
		const texts = await statements.during(() =>
			inTransaction(t.ctx(), (tx) =>
				tx.app.events.runRecorders(tx, { name: 'session.completed', payload: { session } }),
			),
		);
		const queries = texts.filter((text) => /webhook_endpoints|deliveries|messages/.test(text));
		expect(queries).toEqual([expect.stringContaining('webhook_endpoints')]);
	});
});

describe('an abandoned chat', () => {
	const abandonAll = async () => {
		t.advance(31 * 60_000);
		await sweepSessions(t.ctx());
	};

	it('is delivered only if the visitor left contact details', async () => {
		await createEndpointFor('lead.abandoned');
		await createChat(t.ctx(), { lead: { name: 'Ada' } });
		const reachable = await createChat(t.ctx(), { lead: { phone: '+43 1 234567' } });
		await abandonAll();
		const bodies = await readBodies();
		expect(bodies).toHaveLength(1);
		expect(bodies[0]).toMatchObject({
			type: 'lead.abandoned',
			data: { session: { session_id: reachable.session_id, completion_status: 'abandoned' } },
		});
	});

	it('is delivered again only if the lead has new values, and its completion as usual', async () => {
		await createEndpointFor('lead.abandoned', 'lead.completed');
		const lead = { email: 'ada@example.com' };
		const { id, session_id } = await createChat(t.ctx(), { lead });
		const reopen = () =>
			t.app.db
				.update(chat_sessions)
				.set({ completion_status: 'in_progress' })
				.where(eq(chat_sessions.id, id));
		await abandonAll();
		await reopen();
		await abandonAll();
		expect(await readBodies()).toHaveLength(1);
		await reopen();
		await updateLead(t.ctx(), { session_id }, { fields: { company: 'Acme' }, source: 'ai' });
		await abandonAll();
		await complete(id);
		const bodies = await readBodies();
		expect(bodies.map((body) => body.type)).toEqual([
			'lead.abandoned',
			'lead.abandoned',
			'lead.completed',
		]);
		const leads = bodies.map((body) => body.data['lead'] as { id: number });
		expect(new Set(leads.map((each) => each.id)).size).toBe(1);
	});
});

describe('other events are delivered', () => {
	it('for a new chat', async () => {
		await createEndpointFor('session.created');
		const { session } = await startSession(t.ctx(), { site: 'default' });
		expect(await readBodies()).toMatchObject([
			{
				type: 'session.created',
				data: { session: { session_id: session.session_id }, lead: null, transcript: [] },
			},
		]);
	});

	it('for a completion, under both of its names', async () => {
		await createEndpointFor('session.completed', 'lead.completed');
		await complete((await createChat(t.ctx())).id);
		const types = (await readBodies()).map((body) => body.type);
		expect(types.sort()).toEqual(['lead.completed', 'session.completed']);
	});

	it('for every review, including the review', async () => {
		await createEndpointFor('review.submitted');
		const { session_id } = await createChat(t.ctx());
		await submitReview(agent, session_id, { qa_status: 'issue', notes: 'asked twice' });
		await submitReview(agent, session_id, { qa_status: 'fixed', developer_feedback: 'done' });
		expect(await readBodies()).toMatchObject([
			{ type: 'review.submitted', data: { review: { qa_status: 'issue', notes: 'asked twice' } } },
			{ type: 'review.submitted', data: { review: { qa_status: 'fixed' } } },
		]);
	});

	it('for an issue, including the expected reply and the ids of the messages, with the pinned one marked', async () => {
		await createEndpointFor('review.issue');
		const { session_id } = await createChat(t.ctx(), { messages: ['One', 'Two'] });
		const [first, second] = await listMessages(t.ctx(), session_id);
		const review = { notes: 'asked twice', expected: 'Ask once', message_id: second?.id ?? 0 };
		await submitReview(agent, session_id, { qa_status: 'issue', ...review });
		expect(await readBodies()).toMatchObject([
			{
				type: 'review.issue',
				data: {
					review,
					transcript: [
						{ id: first?.id, message: 'One', pinned: false },
						{ id: second?.id, message: 'Two', pinned: true },
					],
				},
			},
		]);
	});
});
