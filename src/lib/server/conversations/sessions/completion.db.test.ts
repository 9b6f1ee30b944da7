import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { CompletionSource } from '#lib/contract/common.ts';
import { listMissingForCompletion } from '#lib/contract/session.ts';
import type { CompletionNeeds } from '#lib/contract/site-settings.ts';
import { listActivity } from '#lib/server/conversations/transcripts/index.ts';
import { ingestMessages } from '#lib/server/conversations/messages/index.ts';
import { audit_entries, chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { findLead, undoCompletion, updateLead } from '#lib/server/leads/index.ts';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { toActor, createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { getCountedStatistics } from '../../../../../tests/support/statistics.ts';
import { getSession, syncCompletionStatus, updateSession } from './index.ts';
import { completeSession, sweepSessions } from './unchecked.ts';

const t = useTestApp();

const questions = [
	{ key: 'name', label: 'Name', type: 'text' as const, is_required: true, options: [] },
	{ key: 'budget', label: 'Budget', type: 'text' as const, is_required: true, options: [] },
	{ key: 'start', label: 'Start', type: 'text' as const, is_required: false, options: [] },
];
const createSiteThatRequires = (completion_needs: CompletionNeeds) =>
	createSite(t.app, { completion_needs, questions });
const complete = (chat_session_id: number, source: CompletionSource = 'live') =>
	completeSession(t.ctx(), { chat_session_id, source });
const addFields = (session_id: string, fields: Record<string, string>) =>
	updateLead(t.ctx(), { session_id }, { fields, source: 'ai' });

describe('a completion for which the site requires values', () => {
	it('is only claimed while the contact is missing, and takes effect once it is known', async () => {
		const { key: site } = await createSiteThatRequires('contact');
		const { id, session_id } = await createChat(t.ctx(), { site, lead: { name: 'Ada' } });
		expect(await complete(id)).toBe(false);
		expect(await complete(id)).toBe(false);
		expect(await getSession(t.ctx(), session_id)).toMatchObject({
			completion_status: 'in_progress',
			completion_claimed: true,
		});
		await addFields(session_id, { budget: '10k' });
		expect(await getSession(t.ctx(), session_id)).toMatchObject({ completion_claimed: true });
		const lead = await addFields(session_id, { phone: '+4930123456' });
		expect(lead).toMatchObject({
			phone: '+4930123456',
			promise_due_at: expect.any(String) as string,
		});
		expect(await getSession(t.ctx(), session_id)).toMatchObject({
			completion_status: 'complete',
			completion_source: 'live',
			completion_claimed: false,
		});
	});

	it('requires an answer to each required question', async () => {
		const { key: site } = await createSiteThatRequires('required_questions');
		const { id, session_id } = await createChat(t.ctx(), {
			site,
			lead: { email: 'ada@example.com' },
		});
		expect(await complete(id)).toBe(false);
		await addFields(session_id, { name: 'Ada' });
		expect(await getSession(t.ctx(), session_id)).toMatchObject({ completion_claimed: true });
		await addFields(session_id, { budget: '10k' });
		expect(await getSession(t.ctx(), session_id)).toMatchObject({ completion_status: 'complete' });
	});

	it('accepts values that were given earlier', async () => {
		const { key: site } = await createSiteThatRequires('required_questions');
		const { id } = await createChat(t.ctx(), { site, lead: { name: 'Ada', budget: '10k' } });
		expect(await complete(id)).toBe(true);
		expect(await complete(id)).toBe(false);
	});

	it('does not wait for values when an agent or the API completes the chat', async () => {
		const { key: site } = await createSiteThatRequires('contact');
		const { session_id } = await createChat(t.ctx(), { site });
		const patch = { completion_status: 'complete' } as const;
		expect(await updateSession(t.ctx(), session_id, patch)).toMatchObject(patch);
	});

	it('is claimed once by ingest, sync and the sweep, and kept when the chat is abandoned', async () => {
		const { key: site } = await createSiteThatRequires('contact');
		const { session_id } = await createChat(t.ctx(), { site });
		const ai = { sender: 'ai', message: 'We reply within 24 hours.' } as const;
		const { session } = await ingestMessages(t.ctx(), session_id, ai);
		expect(session).toMatchObject({ completion_status: 'in_progress', completion_claimed: true });
		expect((await syncCompletionStatus(t.ctx())).session_ids).not.toContain(session_id);
		t.advance(31 * 60_000);
		await sweepSessions(t.ctx());
		expect(await getSession(t.ctx(), session_id)).toMatchObject({
			completion_status: 'abandoned',
			completion_claimed: true,
		});
		await addFields(session_id, { email: 'ada@example.com' });
		expect(await getSession(t.ctx(), session_id)).toMatchObject({ completion_status: 'complete' });
	});

	it('takes effect even if its claim and the missing value arrive concurrently', async () => {
		const { key: site } = await createSiteThatRequires('contact');
		const chats = await Promise.all(
			Array.from({ length: 12 }, () => createChat(t.ctx(), { site })),
		);
		await Promise.all(
			chats.flatMap(({ id, session_id }) => [
				complete(id),
				addFields(session_id, { email: 'ada@example.com' }),
			]),
		);
		const sessions = await Promise.all(
			chats.map(({ session_id }) => getSession(t.ctx(), session_id)),
		);
		expect(new Set(sessions.map((each) => each.completion_status))).toEqual(new Set(['complete']));
	});
});

describe('undoing a completion', () => {
	const createCompletedChat = async () => {
		const { key: site } = await createSite(t.app);
		const chat = await createChat(t.ctx(), { site, lead: { email: 'ada@example.com' } });
		await ingestMessages(t.ctx(), chat.session_id, {
			sender: 'ai',
			message: 'We usually answer mails within 24 hours.',
		});
		return { ...chat, site };
	};

	it('reopens the chat, with the reason in its activity, and no follow-up deadline', async () => {
		const { session_id } = await createCompletedChat();
		const user = await createUser(t.app, { name: 'Ada' });
		await undoCompletion(t.ctx(toActor(user)), session_id, { reason: ' It was a question ' });
		expect(await findLead(t.ctx(), session_id)).toMatchObject({ promise_due_at: null });
		const { items } = await listActivity(t.ctx(), session_id);
		expect(items[0]).toMatchObject({
			action: 'lead.withdrawn',
			actor: { name: 'Ada' },
			detail: { reason: 'It was a question' },
		});
	});

	it('is not reverted by earlier messages of the AI, but by later ones', async () => {
		const { session_id } = await createCompletedChat();
		await undoCompletion(t.ctx(), session_id, { reason: 'Too early' });
		await syncCompletionStatus(t.ctx());
		t.advance(31 * 60_000);
		await sweepSessions(t.ctx());
		expect(await getSession(t.ctx(), session_id)).toMatchObject({ completion_status: 'abandoned' });
		await ingestMessages(t.ctx(), session_id, { sender: 'ai', message: 'Back within 24 hours!' });
		expect(await getSession(t.ctx(), session_id)).toMatchObject({ completion_status: 'complete' });
	});

	it('restarts the chat’s idle time', async () => {
		const { session_id } = await createCompletedChat();
		t.advance(24 * 3_600_000);
		await undoCompletion(t.ctx(), session_id, { reason: 'Too early' });
		t.advance(29 * 60_000);
		await sweepSessions(t.ctx());
		expect(await getSession(t.ctx(), session_id)).toMatchObject({
			completion_status: 'in_progress',
		});
	});

	it('corrects the statistics of the day on which the chat started', async () => {
		const { id, site } = await createCompletedChat();
		const before = new Date(t.app.clock().getTime() - 9 * 86_400_000);
		await t.app.db
			.update(chat_sessions)
			.set({
				created_at: before,
				completed_at: sql`${chat_sessions.completed_at} - interval '8 days'`,
			})
			.where(eq(chat_sessions.id, id));
		const day = before.toISOString().slice(0, 10);
		const getCounts = async () => {
			const { totals, daily } = await getCountedStatistics(t.ctx(), { from: day, to: day, site });
			return [totals.complete, totals.in_progress, daily[0]?.complete];
		};
		await t.app.db.execute(sql`insert into statistics_due (chat_session_id) values (${id})`);
		expect(await getCounts()).toEqual([1, 0, 1]);
		await undoCompletion(t.ctx(), String(id), { reason: 'Too early' });
		expect(await getCounts()).toEqual([0, 1, 0]);
		await complete(id);
		expect(await getCounts()).toEqual([1, 0, 1]);
	});

	it('is rejected for a chat that is not complete, without a reason, and without permission', async () => {
		const { session_id } = await createCompletedChat();
		const undo = (ctx = t.ctx(), reason = 'Too early') =>
			undoCompletion(ctx, session_id, { reason });
		await expect(undo(t.ctx(), ' ')).rejects.toMatchObject({ code: 'invalid' });
		const reader = { type: 'api_key', id: 1, name: 'n8n', scopes: ['sessions:read'] } as const;
		await expect(undo(t.ctx(reader as never))).rejects.toMatchObject({ code: 'forbidden' });
		await undo();
		await expect(undo()).rejects.toMatchObject({ code: 'conflict' });
	});
});

it.each<[CompletionNeeds, Record<string, string>, string[]]>([
	['nothing', {}, []],
	['contact', {}, ['email', 'phone']],
	['contact', { phone: '+4930123456' }, []],
	['required_questions', {}, ['name', 'budget']],
	['required_questions', { name: 'Ada' }, ['budget']],
	['required_questions', { name: 'Ada', budget: '10k' }, []],
])('%s with %j lacks %j', (needs, { budget, ...core }, missing) => {
	const none = { name: null, email: null, phone: null, company: null };
	const answers: Record<string, string> = budget ? { budget } : {};
	const lead = { ...none, ...core, answers };
	expect(listMissingForCompletion(needs, questions, lead)).toEqual(missing);
});

it('records every sync in the audit log', async () => {
	const countSyncs = () => t.app.db.$count(audit_entries, eq(audit_entries.action, 'sync.run'));
	const before = await countSyncs();
	await syncCompletionStatus(t.ctx());
	expect(await countSyncs()).toBe(before + 1);
});
