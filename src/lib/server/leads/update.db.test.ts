import { eq } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LeadInput, LeadSource } from '#lib/contract/lead.ts';
import { createUserCtx } from '../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { asSystem } from '../core/context.ts';
import { chat_sessions, leads } from '../core/db/schema/index.ts';
import { inTransaction } from '../core/db/transaction.ts';
import type { AppEvent } from '../core/events.ts';
import { startSession } from '../conversations/sessions/index.ts';
import { findLead, updateLead } from './index.ts';
import { getLead } from './unchecked.ts';

const t = useTestApp();
let session: { id: number; session_id: string };
const published: AppEvent[] = [];

beforeAll(() => t.app.events.onPublished((event) => published.push(event)));
beforeEach(async () => {
	({ session } = await startSession(t.ctx(), { site: 'default' }));
	published.length = 0;
});

const update = (fields: LeadInput, source: LeadSource = 'api', message_id?: number) =>
	updateLead(t.ctx(), { session_id: session.session_id }, { fields, source, message_id });
const listUpdates = () => published.filter((event) => event.name === 'lead.updated');

describe('updating a lead', () => {
	it('creates it with its first field, and stores other keys as answers', async () => {
		expect(await findLead(t.ctx(), session.session_id)).toBeNull();
		await expect(getLead(t.ctx(), session.session_id)).rejects.toMatchObject({ code: 'not_found' });
		const lead = await update({ name: 'Ada', email: 'ADA@example.com', shoe_size: 38 as never });
		expect(lead).toMatchObject({
			session_id: session.session_id,
			name: 'Ada',
			email: 'ada@example.com',
			phone: null,
			answers: { shoe_size: '38' },
		});
		expect(await getLead(t.ctx(), session.session_id)).toEqual(lead);
		const changed = ['name', 'email', 'shoe_size'];
		expect(listUpdates()).toEqual([
			{ name: 'lead.updated', payload: { session_id: session.session_id, lead, changed } },
		]);
	});

	it('accepts the numeric id and the row id of the chat session', async () => {
		const one = await updateLead(
			t.ctx(),
			{ session_id: String(session.id) },
			{ fields: { name: 'Ada' }, source: 'api' },
		);
		const two = await updateLead(
			t.ctx(),
			{ chat_session_id: session.id },
			{ fields: { name: 'Eve' }, source: 'ai' },
		);
		expect(two).toMatchObject({ id: one?.id, name: 'Eve', session_id: session.session_id });
	});

	it('stores the provenance of each value', async () => {
		await update({ email: 'ada@example.com' }, 'detected', 41);
		const lead = await update({ name: 'Ada' }, 'ai', 42);
		expect(lead?.provenance).toMatchObject({
			email: { source: 'detected', message_id: 41 },
			name: { source: 'ai', message_id: 42 },
		});
		expect(lead?.provenance['name']?.at).toBe(lead?.updated_at);
	});

	it('publishes no event when nothing changed', async () => {
		const lead = await update({ name: 'Ada' });
		expect(await update({ name: ' Ada ' })).toEqual(lead);
		expect(listUpdates()).toHaveLength(1);
	});

	it('raises the score as values are added', async () => {
		const first = await update({ company: 'Analytical Engines' });
		const second = await update({ phone: '+44 20 7946 0000' });
		expect(second?.score).toBeGreaterThanOrEqual((first?.score ?? 100) + 25);
	});

	it('keeps an agent’s value against every program', async () => {
		await update({ name: 'Ada' }, 'agent');
		for (const source of ['ai', 'api', 'detected', 'identify'] as const) {
			expect(await update({ name: 'Eve' }, source)).toMatchObject({ name: 'Ada' });
		}
		expect(await update({ name: 'Ada L.' }, 'agent')).toMatchObject({ name: 'Ada L.' });
	});
});

describe('an invalid value', () => {
	it('from an API is listed as rejected, and the other fields are stored', async () => {
		expect(await update({ email: 'nope', name: 'Ada' })).toMatchObject({
			name: 'Ada',
			email: null,
			rejected: [{ path: 'email', message: 'is not an email address' }],
		});
		const stored = await findLead(t.ctx(), session.session_id);
		expect(stored).toMatchObject({ name: 'Ada', email: null });
		expect(stored).not.toHaveProperty('rejected');
	});

	it('from an API is an error when no other field is valid', async () => {
		const refused = update({ email: 'nope' });
		await expect(refused).rejects.toMatchObject({ code: 'invalid', errors: [{ path: 'email' }] });
		expect(await findLead(t.ctx(), session.session_id)).toBeNull();
	});

	it('from an agent is an error, and nothing is stored', async () => {
		const refused = update({ email: 'nope', name: 'Ada' }, 'agent');
		await expect(refused).rejects.toMatchObject({ code: 'invalid', errors: [{ path: 'email' }] });
		expect(await findLead(t.ctx(), session.session_id)).toBeNull();
	});

	it('from an AI is dropped', async () => {
		expect(await update({ email: 'nope', name: 'Ada', phone: null }, 'ai')).toMatchObject({
			name: 'Ada',
			email: null,
		});
	});

	it('alone creates no lead', async () => {
		expect(await update({ email: 'nope' }, 'ai')).toBeNull();
		await expect(update({ email: null })).rejects.toMatchObject({ code: 'invalid' });
		await expect(update({})).rejects.toMatchObject({ code: 'invalid' });
		expect(await findLead(t.ctx(), session.session_id)).toBeNull();
	});
});

describe('concurrent updates', () => {
	it('of one new lead are all merged', async () => {
		const keys = Array.from({ length: 12 }, (_, i) => `answer_${i}`);
		await Promise.all(keys.map((key) => update({ [key]: `value of ${key}` })));
		const lead = await getLead(t.ctx(), session.session_id);
		expect(Object.keys(lead.answers).sort()).toEqual([...keys].sort());
		expect(Object.keys(lead.provenance)).toHaveLength(keys.length);
		const rows = await t.app.db.select().from(leads).where(eq(leads.chat_session_id, session.id));
		expect(rows).toHaveLength(1);
	});

	it('of a program never override those of an agent', async () => {
		await Promise.all([
			update({ name: 'Ada' }, 'agent'),
			...['a', 'b', 'c'].map((name) => update({ name }, 'ai')),
		]);
		expect(await getLead(t.ctx(), session.session_id)).toMatchObject({ name: 'Ada' });
	});

	it('of a chat session that is being deleted throw not_found and leave no lead', async () => {
		const results = await Promise.allSettled([
			t.app.db.delete(chat_sessions).where(eq(chat_sessions.id, session.id)),
			update({ name: 'Ada' }),
		]);
		if (results[1].status === 'rejected')
			expect(results[1].reason).toMatchObject({ code: 'not_found' });
		expect(
			await t.app.db.select().from(leads).where(eq(leads.chat_session_id, session.id)),
		).toEqual([]);
	});
});

it('a failed transaction rolls back the lead and its event', async () => {
	const failing = inTransaction(t.ctx(), async (tx) => {
		await updateLead(
			asSystem(tx),
			{ chat_session_id: session.id },
			{ fields: { name: 'Ada' }, source: 'ai' },
		);
		throw new Error('later step');
	});
	await expect(failing).rejects.toThrow('later step');
	expect(listUpdates()).toEqual([]);
	expect(await findLead(t.ctx(), session.session_id)).toBeNull();
});

describe('permissions', () => {
	const fields = { fields: { name: 'Ada' }, source: 'identify' as const };

	it('a visitor can update the lead of their own chat session, but not read any', async () => {
		const visitor = t.ctx({ type: 'visitor', session_id: session.session_id });
		expect(await updateLead(visitor, session, fields)).toMatchObject({ name: 'Ada' });
		const { session: other } = await startSession(t.ctx(), { site: 'default' });
		const unauthorized = { code: 'unauthorized' };
		await expect(updateLead(visitor, other, fields)).rejects.toMatchObject(unauthorized);
		await expect(findLead(visitor, session.session_id)).rejects.toMatchObject(unauthorized);
	});

	it('an agent can read and write, an API key what its scopes allow', async () => {
		const agent = await createUserCtx(t);
		await updateLead(agent, session, fields);
		expect(await findLead(agent, session.session_id)).toMatchObject({ name: 'Ada' });
		const reader = t.ctx({ type: 'api_key', id: null, name: 'r', scopes: ['leads:read'] });
		expect(await findLead(reader, session.session_id)).toMatchObject({ name: 'Ada' });
		await expect(updateLead(reader, session, fields)).rejects.toMatchObject({ code: 'forbidden' });
	});

	it('an unknown chat session throws not_found', async () => {
		const unknown = { session_id: 'session_nobody' };
		await expect(updateLead(t.ctx(), unknown, fields)).rejects.toMatchObject({ code: 'not_found' });
		await expect(findLead(t.ctx(), unknown.session_id)).rejects.toMatchObject({
			code: 'not_found',
		});
	});
});
