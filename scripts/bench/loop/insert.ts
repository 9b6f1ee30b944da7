import { sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { type Range, SPREAD_DAYS } from '../filled-database.ts';

export const CASES = 1_000;
export const RUNS = 100;

/** Inserts a challenger on trial, and a suite with its cases, runs and results. */
export async function insertSuite({ app }: Ctx): Promise<void> {
	await app.db.execute(sql`
		insert into challengers (site_id, connector, share_percent, started_at)
		select id, '{"type":"scripted"}', 50, now() - interval '30 days' from sites where key = 'default'`);
	await app.db.execute(sql`
		with site as (select id from sites where key = 'default'),
		inserted_cases as (
			insert into cases (site_id, title, lines, checks, created_by)
			select site.id, 'Case ' || n, array['Hello', 'It leaks', 'alex@example.com'],
				'[{"type":"no_fallback"},{"type":"field_present","key":"email"}]', 'Ada'
			from site, generate_series(1, ${CASES}::integer) n returning id
		), suite as (
			insert into suites (site_id, name) select id, 'Regression' from site returning id
		)
		insert into suite_cases (suite_id, case_id, position)
		select suite.id, inserted_cases.id, row_number() over (order by inserted_cases.id) from suite, inserted_cases`);
	await app.db.execute(sql`
		insert into suite_runs (suite_id, site_id, connector, trigger, started_by, total, passed, failed, status, version, pass_rate,
			created_at, started_at, finished_at)
		select t.id, t.site_id, '{"type":"scripted"}', 'user', 'Ada', ${CASES}, ${CASES} - n, n, 'failed', 'v' || n / 10,
			100 - n / 10.0, at, at, at
		from suites t, generate_series(1, ${RUNS}::integer) n, lateral (select now() - make_interval(hours => ${RUNS} - n) as at) times`);
	await app.db.execute(sql`
		insert into suite_run_cases (run_id, case_id, position, title, lines, context, checks, status, started_at, finished_at, attempts)
		select r.id, m.case_id, m.position, c.title, c.lines, '{}', c.checks, case when m.position <= r.failed then 'failed' else 'passed' end,
			r.created_at, r.created_at, jsonb_build_array(jsonb_build_object('ok', m.position > r.failed, 'checks', '[]'::jsonb,
				'transcript', jsonb_build_array(
					jsonb_build_object('sender', 'visitor', 'message', 'Hello', 'timestamp', '2026-11-23T10:00:00.000Z', 'line', 1,
						'is_fallback', false, 'ms', null),
					jsonb_build_object('sender', 'ai', 'message', repeat('An answer. ', 20), 'timestamp', '2026-11-23T10:00:01.000Z',
						'line', 1, 'is_fallback', false, 'ms', 900)),
				'lead', '{}'::jsonb, 'is_complete', false, 'ai_ms', 900, 'error', null))
		from suite_runs r join suite_cases m on m.suite_id = r.suite_id join cases c on c.id = m.case_id`);
}

/**
 * Inserts chat sessions with their leads, outcomes, flags, reviews, versions and turns: 40% complete, half of them with an
 * outcome, 10% flagged, 5% reviewed. Every tenth has messages and the trace of its answer.
 */
export async function insertChats({ app }: Ctx, { from, to, total }: Range): Promise<void> {
	await app.db.execute(sql`
		with inserted as (
			insert into chat_sessions (public_id, site_id, completion_status, completion_source, completed_at, ai_engaged,
				message_count, visitor_message_count, context, created_at, last_activity_at, qa_status, review_queued_at,
				checked_through_at, is_flagged, version, challenger_id, arm)
			select 'session_bench' || n, site.id,
				case when n % 10 < 4 then 'complete' when n % 10 < 7 then 'abandoned' else 'in_progress' end,
				case when n % 10 < 4 then 'live' end, case when n % 10 < 4 then at + make_interval(secs => n % 900) end,
				n % 10 < 8, 4, 2, jsonb_build_object('utm_source', 'source ' || n % 6, 'utm_campaign', 'campaign ' || n % 5), at, at,
				case n % 60 when 0 then 'passed' when 1 then 'issue' when 2 then 'fixed' else 'unchecked' end,
				case when n % 10 < 4 then at end, at, n % 10 = 1, 'v' || n * 10 / ${total}::integer,
				challenger.id, case n % 2 when 0 then 'champion' else 'challenger' end
			from (select n, now() - make_interval(secs => n::float8 / ${total}::float8 * ${(SPREAD_DAYS - 1) * 86_400}) as at
				from generate_series(${from}::integer, ${to - 1}::integer) n) numbered
			cross join (select id from sites where key = 'default') site cross join (select id from challengers limit 1) challenger
			returning id, site_id, completion_status, created_at, qa_status, is_flagged, version, challenger_id, arm
		), inserted_leads as (
			insert into leads (chat_session_id, name, email, created_at, score)
			select id, 'Ada', 'ada' || id || '@example.com', created_at, id % 100 from inserted where completion_status = 'complete'
		), outcomes as (
			insert into lead_outcomes (chat_session_id, stage, value, currency, occurred_at, actor_type, actor_name)
			select id, (array['qualified', 'disqualified', 'won', 'lost'])[1 + id % 4], case when id % 4 = 2 then 1200 end,
				case when id % 4 = 2 then 'EUR' end, created_at, 'api_key', 'CRM'
			from inserted where completion_status = 'complete' and id % 8 < 4
		), flagged as (
			insert into chat_flags (chat_session_id, site_id, rule, source, reason, verdict, created_at)
			select id, site_id, (array['asked_known', 'repeated_question', 'not_in_lead'])[1 + id % 3], 'rule', 'Asked again',
				case qa_status when 'issue' then 'confirmed' when 'passed' then 'rejected' end, created_at from inserted where is_flagged
		), reviewed as (
			insert into reviews (chat_session_id, from_status, qa_status, reviewer, notes, created_at)
			select id, 'unchecked', qa_status, 'Ada', 'Asked again', created_at from inserted where qa_status <> 'unchecked'
		), turns as (
			insert into ai_turns (turn_id, chat_session_id, site_id, action, connector, started_at, first_byte_at, finished_at, outcome,
				version, challenger_id)
			select gen_random_uuid(), id, site_id, 'message', 'n8n', created_at, created_at + make_interval(secs => 1 + id % 7 / 4.0),
				created_at + make_interval(secs => 2 + id % 11), case when id % 50 = 0 then 'timeout' else 'ok' end, version,
				case arm when 'challenger' then challenger_id end
			from inserted returning turn_id, chat_session_id, site_id, started_at
		), traced as (
			insert into ai_traces (turn_id, site_id, request, response, request_bytes, response_bytes, total_ms, created_at)
			select turn_id, site_id, '{"message":"Hello"}', '{"reply":"Hello!"}', 19, 18, 900, started_at
			from turns where chat_session_id % 10 = 0
		)
		insert into messages (chat_session_id, sender, message, turn_id, created_at)
		select chat_session_id, texts.sender, texts.message, case texts.sender when 'ai' then turn_id end, started_at
		from turns cross join (values ('visitor', 'My roof leaks'), ('ai', 'What is your email?')) texts (sender, message)
		where chat_session_id % 10 = 0`);
}
