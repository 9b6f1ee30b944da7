// @module-tag thorough
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { session } from '#lib/contract/session.ts';
import { delivery } from '#lib/contract/delivery.ts';
import { lead } from '#lib/contract/lead.ts';
import { picture } from '#lib/contract/site.ts';
import { createSystemContext } from '#lib/server/core/context.ts';
import { listLeads } from '#lib/server/leads/index.ts';
import { detectCompletions } from '#lib/server/conversations/sessions/complete.ts';
import { enqueueReviews } from '#lib/server/quality/reviews/enqueue.ts';
import { listSessions } from '#lib/server/conversations/sessions/index.ts';
import { sweepSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import { rebuildStatistics } from '#lib/server/statistics/rebuild.ts';
import { photos } from '#lib/server/core/db/schema/index.ts';
import { listDeliveries } from '#lib/server/delivery/webhooks/index.ts';
import { useTestApp } from '../../tests/support/app.ts';
import { seed, type SeedResult } from './index.ts';

const t = useTestApp();
let result: SeedResult;
/** A fixed time, so that every run has the same chats and none becomes idle in the meantime. */
const now = new Date('2026-11-18T19:00:00Z');
const ctx = () => createSystemContext({ ...t.app, clock: () => now });

beforeAll(async () => {
	result = await seed(ctx(), { sessions: 600, seed: 'test' });
	await rebuildStatistics(ctx());
});

/** Counts the rows of a query that should find none. */
async function countRows(query: string): Promise<number> {
	const { rows } = await t.app.db.execute(
		sql.raw(`select count(*)::int as count from (${query}) found`),
	);
	return Number(rows[0]?.['count']);
}

/** Queries that find inconsistencies, by what they find. */
const INCONSISTENCIES = {
	'chats flagged without an open flag, or not flagged despite an open flag': `
		select s.id from chat_sessions s where s.is_flagged <> exists (
			select from chat_flags f where f.chat_session_id = s.id and f.dismissed_at is null)`,
	'flags whose message belongs to another chat, or that reviews contradict': `
		select f.id from chat_flags f join chat_sessions s on s.id = f.chat_session_id
		left join messages m on m.id = f.message_id
		where m.chat_session_id <> s.id or (f.verdict is null) <> (s.qa_status = 'unchecked')`,
	'counters that differ from a recount': `
		select s.id from chat_sessions s left join lateral (
			select count(*) as total, count(*) filter (where sender = 'visitor') as visitor,
				count(*) filter (where sender = 'ai') as ai, max(id) as last_id,
				max(id) filter (where sender = 'visitor') as last_visitor, max(created_at) as last_at
			from messages where chat_session_id = s.id) m on true
		where (s.message_count, s.visitor_message_count, s.ai_message_count) <> (m.total, m.visitor, m.ai)
			or s.last_message_id is distinct from m.last_id or s.last_visitor_message_id is distinct from m.last_visitor
			or s.last_activity_at is distinct from coalesce(m.last_at, s.created_at)`,
	'previews of another message': `
		select s.id from chat_sessions s join messages m on m.id = s.last_message_id
		where s.last_message_preview is distinct from left(m.message, 200) or s.last_message_sender <> m.sender`,
	'messages whose ids are not in order of time': `
		select 1 from (select created_at, lag(created_at) over (partition by chat_session_id order by id) as before from messages) m
		where m.created_at < m.before`,
	'completions without exactly one delivery per subscribed endpoint': `
		select s.id, e.id from chat_sessions s join webhook_endpoints e on e.site_id = s.site_id and 'lead.completed' = any(e.events)
		left join deliveries d on d.chat_session_id = s.id and d.endpoint_id = e.id and d.event = 'lead.completed'
		where s.completion_status = 'complete' group by 1, 2 having count(d.id) <> 1`,
	'deliveries of incomplete chats': `
		select d.id from deliveries d join chat_sessions s on s.id = d.chat_session_id
		where d.event = 'lead.completed' and s.completion_status <> 'complete' and s.completions_undone = 0`,
	'deliveries that contradict their attempts': `
		select d.id from deliveries d left join delivery_attempts a on a.delivery_id = d.id group by d.id
		having d.attempt_count <> count(a.id) or (d.status = 'delivered') <> coalesce(bool_or(a.error is null and a.id is not null), false)
			or (d.status = 'pending') <> (d.next_attempt_at is not null) or (d.status = 'delivered') <> (d.delivered_at is not null)`,
	'deliveries of reviews without the review': `
		select id from deliveries where event = 'review.submitted' and body::jsonb #> '{data,review}' is null`,
	'lead values from another chat session': `
		select l.id from leads l, jsonb_each(l.provenance) p left join messages m on m.id = (p.value ->> 'message_id')::bigint
		where p.value ->> 'message_id' is not null and m.chat_session_id is distinct from l.chat_session_id`,
	'lead values without provenance': `
		select l.id from leads l, jsonb_each_text(jsonb_strip_nulls(to_jsonb(l)) ) v
		where v.key in ('name', 'email', 'phone', 'company') and not l.provenance ? v.key`,
	'follow-up deadlines that don’t match the completion': `
		select l.id from leads l join chat_sessions s on s.id = l.chat_session_id
		where l.promise_due_at is distinct from s.completed_at + interval '24 hours'`,
	'turns without their reply': `
		select t.id from ai_turns t left join messages m on m.turn_id = t.turn_id where m.id is null`,
	'AI messages without a turn': `select id from messages where sender = 'ai' and turn_id is null`,
	'review states that contradict the history': `
		select s.id from chat_sessions s left join lateral (
			select qa_status from reviews r where r.chat_session_id = s.id order by id desc limit 1) r on true
		where s.qa_status <> coalesce(r.qa_status, 'unchecked')`,
	'reviews with an invalid transition': `
		select 1 from (select *, lag(qa_status, 1, 'unchecked') over (partition by chat_session_id order by id) as before from reviews) r
		where r.before <> r.from_status or r.from_status = r.qa_status or (qa_status = 'issue' and notes is null)
			or (qa_status = 'fixed' and developer_feedback is null)`,
	'error groups with a wrong count': `
		select g.id from error_groups g left join automation_errors e on e.group_id = g.id group by g.id having g.count <> count(e.id)`,
	'failed turns that were not recorded': `
		select t.id from ai_turns t left join automation_errors e on e.chat_session_id = t.chat_session_id
		where t.outcome <> 'ok' and e.id is null`,
	'chat sessions with a pending answer': `
		select id from chat_sessions where is_awaiting_reply or turn_id is not null
			or (last_message_sender = 'visitor' and not ai_paused)`,
	'anything in the future': `
		select 1 from messages where created_at > now() union all select 1 from reviews where created_at > now()
		union all select 1 from audit_entries where created_at > now() union all select 1 from chat_sessions where archived_at > now()`,
};

describe('a seeded database', () => {
	it.each(Object.entries(INCONSISTENCIES))('has no %s', async (_, query) => {
		expect(await countRows(query)).toBe(0);
	});

	it('needs no changes by the sweep, the review queue and the statistics', async () => {
		const { session_ids } = await detectCompletions(ctx(), { source: 'sync', where: sql`true` });
		expect(session_ids).toEqual([]);
		expect(await sweepSessions(ctx())).toEqual({ completed: 0, abandoned: 0 });
		expect(await enqueueReviews(ctx())).toBe(0);
		expect((await rebuildStatistics(ctx())).differences).toEqual([]);
	});

	it('matches the contract, and has results for every filter', async () => {
		const sessions = await listSessions(ctx(), { limit: 200 });
		for (const item of sessions.items) session.parse(item);
		for (const item of (await listLeads(ctx(), { limit: 200 })).items) lead.parse(item);
		const filters = [
			...(['in_progress', 'complete', 'abandoned'] as const).map((completion_status) => ({
				completion_status,
			})),
			...(['unchecked', 'passed', 'issue', 'fixed'] as const).map((qa_status) => ({ qa_status })),
			{ archive_status: 'archived' as const },
			{ channel: 'messenger' as const },
			...(['rescued', 'claimed', 'withdrawn'] as const).map((attention) => ({ attention })),
		];
		for (const filter of filters) {
			expect(
				(await listSessions(ctx(), filter)).items.length,
				JSON.stringify(filter),
			).toBeGreaterThan(0);
		}
		for (const status of ['pending', 'delivered'] as const) {
			const { items } = await listDeliveries(ctx(), { status });
			for (const item of items) delivery.parse(item);
			expect(items.length, status).toBeGreaterThan(0);
		}
	});

	it('gives the team photos that a profile accepts, of less than 10 KB in total', async () => {
		const rows = await t.app.db.select().from(photos);
		expect(rows).toHaveLength(4);
		for (const row of rows) expect(picture.parse(row.picture)).toBe(row.picture);
		expect(rows.map((row) => row.picture).join('').length).toBeLessThan(10_000);
	});

	it('cannot be seeded twice by accident', async () => {
		await expect(seed(ctx(), { sessions: 10, seed: 'test' })).rejects.toThrow(/--again/);
	});

	it('can be seeded again, without changing the admin’s password', async () => {
		expect(result.login?.password.length).toBeGreaterThan(15);
		const more = await seed(ctx(), { sessions: 50, seed: 'test', again: true });
		expect(more).toMatchObject({ sessions: 50, login: null });
		for (const [name, query] of Object.entries(INCONSISTENCIES))
			expect(await countRows(query), name).toBe(0);
	});
});
