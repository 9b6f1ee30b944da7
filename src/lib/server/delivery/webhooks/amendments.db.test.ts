import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { LeadFields, LeadSource } from '#lib/contract/lead.ts';
import { DEFAULT_WEBHOOK_EVENTS } from '#lib/contract/webhook-endpoint.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { completeSession } from '#lib/server/conversations/sessions/unchecked.ts';
import {
	findLead,
	markLeadContacted,
	undoCompletion,
	updateLead,
} from '#lib/server/leads/index.ts';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { toActor, createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { claimDueDeliveries } from './claims.ts';
import { createEndpoint, listDeliveries, replayDelivery } from './index.ts';
import { sendDueDeliveries } from './unchecked.ts';

const t = useTestApp();
const standIn = useStandIn();
let name = '';
let endpointCount = 0;
let endpointId = 0;

beforeEach(async () => {
	name = `crm-${endpointCount++}`;
	({ id: endpointId } = await createEndpoint(t.ctx(), {
		site: 'default',
		url: standIn().webhooks.url(name),
		events: DEFAULT_WEBHOOK_EVENTS,
	}));
});
afterEach(async () => {
	await t.app.db.delete(webhook_endpoints);
});

const GATHER_MS = 60_000;
const complete = (chat_session_id: number) =>
	completeSession(t.ctx(), { chat_session_id, source: 'live' });
const changeLead = (session_id: string, fields: LeadFields, source: LeadSource = 'ai') =>
	updateLead(t.ctx(), { session_id }, { fields, source });
const listAll = async () => (await listDeliveries(t.ctx(), {})).items.toReversed();
const createCompletedChat = async () => {
	const chat = await createChat(t.ctx(), { lead: { name: 'Ada' } });
	await complete(chat.id);
	return chat;
};

const sentBody = z.object({
	type: z.string(),
	timestamp: z.iso.datetime(),
	data: z.looseObject({ version: z.number().optional() }),
});
/** Returns the bodies that the endpoint received, oldest first. */
const getReceived = () =>
	standIn()
		.webhooks.recorder(name)
		.requests.map(({ body, headers }) => ({
			...sentBody.parse(JSON.parse(body.toString('utf8'))),
			webhook_id: headers['webhook-id'],
		}));
const getReceivedTypes = () => getReceived().map(({ type }) => type);

describe('a change after a completion', () => {
	it('is delivered after a minute, with the new lead and the id of the delivery that it amends', async () => {
		const { session_id } = await createCompletedChat();
		await sendDueDeliveries(t.ctx());
		const before = t.app.clock().getTime();
		await changeLead(session_id, { email: 'ada@example.com', phone: '+4930123456' });
		const [completion, amendment] = await listAll();
		expect(amendment).toMatchObject({
			event: 'lead.updated',
			status: 'pending',
			lead_version: 2,
			changed: ['email', 'phone'],
			follows: completion?.webhook_id,
		});
		expect(Date.parse(amendment?.next_attempt_at ?? '')).toBeGreaterThanOrEqual(before + GATHER_MS);
		expect(await sendDueDeliveries(t.ctx())).toBe(0);
		t.advance(GATHER_MS);
		expect(await sendDueDeliveries(t.ctx())).toBe(1);
		const [, body] = getReceived();
		expect(Object.keys(body?.data ?? {})).toEqual([
			'version',
			'changed',
			'amends',
			'session',
			'lead',
			'transcript',
		]);
		expect(body).toMatchObject({
			type: 'lead.updated',
			webhook_id: amendment?.webhook_id,
			data: {
				version: 2,
				changed: ['email', 'phone'],
				amends: completion?.webhook_id,
				session: { session_id, completion_status: 'complete' },
				lead: { name: 'Ada', email: 'ada@example.com', version: 2 },
				transcript: [{ sender: 'visitor' }],
			},
		});
		expect(body?.data['lead']).toEqual(await findLead(t.ctx(), session_id));
	});

	it('is combined with later ones into one delivery, due a minute after the first', async () => {
		const { session_id } = await createCompletedChat();
		await sendDueDeliveries(t.ctx());
		await changeLead(session_id, { email: 'ada@example.com' });
		const [, first] = await listAll();
		t.advance(GATHER_MS / 2);
		await changeLead(session_id, { email: 'ada@new.example' });
		await changeLead(session_id, { company: 'Acme' });
		const [, amendment, ...more] = await listAll();
		expect(more).toEqual([]);
		expect(amendment).toMatchObject({
			webhook_id: first?.webhook_id,
			next_attempt_at: first?.next_attempt_at,
			lead_version: 4,
			changed: ['email', 'additional_contacts', 'company'],
		});
		t.advance(GATHER_MS / 2);
		await sendDueDeliveries(t.ctx());
		expect(getReceived()[1]?.data).toMatchObject({
			version: 4,
			changed: ['email', 'additional_contacts', 'company'],
			lead: { email: 'ada@new.example', company: 'Acme' },
		});
	});

	it('is not added to an amendment that is being sent, but follows it', async () => {
		const { session_id } = await createCompletedChat();
		await sendDueDeliveries(t.ctx());
		await changeLead(session_id, { email: 'ada@example.com' });
		t.advance(GATHER_MS);
		const [claimed] = await claimDueDeliveries(t.ctx(), { limit: 1, inFlight: [], round: 0 });
		await changeLead(session_id, { company: 'Acme' });
		const [, first, second] = await listAll();
		expect(first).toMatchObject({ webhook_id: claimed?.webhook_id, changed: ['email'] });
		expect(second).toMatchObject({ follows: first?.webhook_id, changed: ['company'] });
		// The process that claimed the first one died, so the second waits for the lease to expire.
		t.advance(GATHER_MS - 1_000);
		expect(await sendDueDeliveries(t.ctx())).toBe(0);
		t.advance(1_000);
		await sendDueDeliveries(t.ctx());
		expect(getReceived().map(({ data }) => data.version)).toEqual([1, 2, 3]);
	});

	it.each<[LeadSource, LeadFields]>([
		['ai', { phone: '+4930123456' }],
		['api', { budget: '10k' }],
		['detected', { email: 'ada@example.com' }],
		['identify', { company: 'Acme' }],
		['agent', { name: null }],
	])('by %s is delivered', async (source, fields) => {
		const { session_id } = await createCompletedChat();
		const actor = toActor(await createUser(t.app));
		const ctx = source === 'agent' ? t.ctx(actor) : t.ctx();
		await updateLead(ctx, { session_id }, { fields, source });
		expect((await listAll())[1]).toMatchObject({ changed: Object.keys(fields), lead_version: 2 });
	});

	it('is not delivered if it changes no value', async () => {
		const { session_id } = await createCompletedChat();
		await changeLead(session_id, { name: 'Ada' });
		await markLeadContacted(t.ctx(), session_id, { contacted: true });
		expect(await listAll()).toHaveLength(1);
		expect(await findLead(t.ctx(), session_id)).toMatchObject({ version: 1 });
	});

	it('is rolled back with its delivery', async () => {
		const { session_id } = await createCompletedChat();
		const stop = failLeadChanges();
		await expect(changeLead(session_id, { company: 'Acme' })).rejects.toThrow('after the outbox');
		stop();
		expect(await listAll()).toHaveLength(1);
		expect(await findLead(t.ctx(), session_id)).toMatchObject({ company: null, version: 1 });
	});

	it('amends a completion without a lead, whose delivery counts as version 1', async () => {
		const chat = await createChat(t.ctx());
		await complete(chat.id);
		await sendDueDeliveries(t.ctx());
		expect(getReceived()[0]?.data).toMatchObject({ lead: null, version: 1 });
		await changeLead(chat.session_id, { email: 'ada@example.com' });
		t.advance(GATHER_MS);
		await sendDueDeliveries(t.ctx());
		expect(getReceived()[1]?.data).toMatchObject({
			version: 2,
			lead: { email: 'ada@example.com' },
		});
		const [completion] = await listAll();
		expect(completion?.lead_version).toBeNull();
	});

	it('is not delivered for a chat in progress, or one whose completion no endpoint received', async () => {
		const open = await createChat(t.ctx(), { lead: { name: 'Ada' } });
		await changeLead(open.session_id, { company: 'Acme' });
		await t.app.db
			.update(webhook_endpoints)
			.set({ events: ['lead.updated'] })
			.where(eq(webhook_endpoints.id, endpointId));
		const { session_id } = await createCompletedChat();
		await changeLead(session_id, { company: 'Acme' });
		expect(await listAll()).toEqual([]);
	});
});

/** Makes changes of leads fail after their delivery is written, until the returned function is called. */
function failLeadChanges() {
	let isOn = true;
	t.app.events.onRecorded('lead.updated', () =>
		isOn ? Promise.reject(new Error('after the outbox was written')) : Promise.resolve(),
	);
	return () => (isOn = false);
}

describe('the order of a lead’s deliveries', () => {
	it('sends an amendment only after its completion is accepted', async () => {
		standIn().webhooks.always(name, 'error');
		const { session_id } = await createCompletedChat();
		await changeLead(session_id, { company: 'Acme' });
		for (let minutes = 0; minutes < 30; minutes += 1) {
			await sendDueDeliveries(t.ctx());
			t.advance(GATHER_MS);
		}
		expect(new Set(getReceivedTypes())).toEqual(new Set(['lead.completed']));
		standIn().webhooks.always(name, 'ok');
		t.advance(3_600_000);
		await sendDueDeliveries(t.ctx());
		expect(getReceivedTypes().slice(-2)).toEqual(['lead.completed', 'lead.updated']);
	});

	it('makes an amendment due with the next attempt of its completion, and immediately after its success', async () => {
		standIn().webhooks.always(name, 'error');
		const { session_id } = await createCompletedChat();
		await changeLead(session_id, { company: 'Acme' });
		for (let minutes = 0; minutes < 10; minutes += 1) {
			await sendDueDeliveries(t.ctx());
			t.advance(GATHER_MS);
		}
		const [completion, amendment] = await listAll();
		expect(Date.parse(completion?.next_attempt_at ?? '')).toBeGreaterThan(t.app.clock().getTime());
		expect(amendment?.next_attempt_at).toBe(completion?.next_attempt_at);
		standIn().webhooks.always(name, 'ok');
		await replayDelivery(t.ctx(), completion?.id ?? 0);
		expect(await sendDueDeliveries(t.ctx())).toBe(2);
	});

	it('sends an amendment with the whole lead after its completion has failed for good', async () => {
		standIn().webhooks.always(name, 'error');
		const { session_id } = await createCompletedChat();
		for (;;) {
			await sendDueDeliveries(t.ctx());
			const [completion] = await listAll();
			if (completion?.status === 'failed') break;
			t.advance(Date.parse(completion?.next_attempt_at ?? '') - t.app.clock().getTime());
		}
		standIn().webhooks.always(name, 'ok');
		await changeLead(session_id, { company: 'Acme' });
		t.advance(GATHER_MS);
		await sendDueDeliveries(t.ctx());
		expect(getReceived().at(-1)).toMatchObject({
			type: 'lead.updated',
			data: { lead: { name: 'Ada', company: 'Acme' } },
		});
	});

	it('includes the version, so that receivers can ignore an old delivery that is replayed', async () => {
		const { session_id } = await createCompletedChat();
		await changeLead(session_id, { company: 'Acme' });
		await sendDueDeliveries(t.ctx());
		t.advance(GATHER_MS);
		await sendDueDeliveries(t.ctx());
		const [completion] = await listAll();
		await replayDelivery(t.ctx(), completion?.id ?? 0);
		await sendDueDeliveries(t.ctx());
		expect(getReceived().map(({ data }) => data.version)).toEqual([1, 2, 1]);
	});
});

describe('undoing a completion', () => {
	it('delivers the withdrawal after the completion, and a second completion after that', async () => {
		const { id, session_id } = await createCompletedChat();
		await changeLead(session_id, { company: 'Acme' });
		const reopened = await undoCompletion(t.ctx(), session_id, { reason: 'Said it too early' });
		expect(reopened).toMatchObject({
			completion_status: 'in_progress',
			completion_source: null,
			completed_at: null,
			completions_undone: 1,
		});
		// The chat is in progress, so this change is delivered with its next completion.
		await changeLead(session_id, { email: 'ada@example.com' });
		expect(await complete(id)).toBe(true);
		await sendDueDeliveries(t.ctx());
		t.advance(GATHER_MS);
		await sendDueDeliveries(t.ctx());
		expect(getReceivedTypes()).toEqual([
			'lead.completed',
			'lead.updated',
			'lead.withdrawn',
			'lead.completed',
		]);
		const [, , withdrawal, second] = getReceived();
		expect(Object.keys(withdrawal?.data ?? {})).toEqual(['reason', 'session', 'lead']);
		expect(withdrawal?.data).toMatchObject({
			reason: 'Said it too early',
			session: { session_id, completion_status: 'in_progress' },
			lead: { company: 'Acme' },
		});
		expect(second?.data).toMatchObject({ version: 3, lead: { email: 'ada@example.com' } });
	});

	it('withdraws each completion once', async () => {
		const { id, session_id } = await createCompletedChat();
		for (const reason of ['Too early', 'Again too early']) {
			await undoCompletion(t.ctx(), session_id, { reason });
			await complete(id);
		}
		await sendDueDeliveries(t.ctx());
		expect(getReceivedTypes()).toEqual([
			'lead.completed',
			'lead.withdrawn',
			'lead.completed',
			'lead.withdrawn',
			'lead.completed',
		]);
	});

	it('delivers nothing if no endpoint received the completion', async () => {
		await t.app.db.update(webhook_endpoints).set({ is_enabled: false });
		const { session_id } = await createCompletedChat();
		await t.app.db.update(webhook_endpoints).set({ is_enabled: true });
		await undoCompletion(t.ctx(), session_id, { reason: 'Too early' });
		expect(await listAll()).toEqual([]);
	});
});
