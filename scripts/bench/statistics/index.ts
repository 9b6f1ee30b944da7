import { sql } from 'drizzle-orm';
import { getStatistics } from '#lib/server/statistics/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { median, type Bench } from '../bench.ts';
import { openFilledDatabase, type Range, SPREAD_DAYS as DAYS } from '../filled-database.ts';
import { startBenchPostgres } from '../seeded-database.ts';

const BASELINE_SESSIONS = 1_000;
const DEFAULT_SESSIONS = Number(process.env['BENCH_SESSIONS'] ?? 1_000_000);
const CALL_COUNT = 15;

/** Statistics of 90 days over many chat sessions, against the same over 1,000. */
export const statisticsBench: Bench = {
	name: 'statistics',
	async run({ seconds, rounds }) {
		const sessions = seconds < 1 ? 5_000 : DEFAULT_SESSIONS;
		const postgres = await startBenchPostgres();
		try {
			const small = await openFilledDatabase(postgres.url, 'few', {
				sessions: BASELINE_SESSIONS,
				insert: insertSessions,
			});
			const large = await openFilledDatabase(postgres.url, 'many', {
				sessions,
				insert: insertSessions,
			});
			const measuredRounds = [];
			for (let round = 0; round < rounds; round += 1) {
				measuredRounds.push({
					baseline: await measureMedianMs(small.ctx),
					ours: await measureMedianMs(large.ctx),
				});
			}
			await small.close();
			await large.close();
			const name = `statistics of ${DAYS} days at ${sessions} chat sessions ÷ at ${BASELINE_SESSIONS}`;
			return [{ name, unit: 'ms', rounds: measuredRounds, goal: '≤ 3' }];
		} finally {
			await postgres.stop();
		}
	},
};

/** Inserts chat sessions: 40% complete with a lead, 30% abandoned, with 30 pairs of source and campaign. */
async function insertSessions({ app }: Ctx, { from, to, total }: Range): Promise<void> {
	await app.db.execute(sql`
		with inserted as (
			insert into chat_sessions (public_id, site_id, completion_status, completion_source, completed_at,
				ai_engaged, message_count, context, created_at, last_activity_at)
			select 'session_bench' || n, (select id from sites where key = 'default'),
				case when n % 10 < 4 then 'complete' when n % 10 < 7 then 'abandoned' else 'in_progress' end,
				case when n % 10 < 4 then 'live' end, case when n % 10 < 4 then at + make_interval(secs => n % 900) end,
				n % 10 < 8, n % 20, jsonb_build_object('utm_source', 'source ' || n % 6, 'utm_campaign', 'campaign ' || n % 5),
				at, at
			from (select n, now() - make_interval(secs => n::float8 / ${total}::float8 * ${(DAYS - 1) * 86_400})  as at
				from generate_series(${from}::integer, ${to - 1}::integer) n) numbered
			returning id, completion_status, created_at
		), inserted_leads as (
			insert into leads (chat_session_id, name, email, created_at)
			select id, 'Ada', 'ada@example.com', created_at from inserted where completion_status = 'complete'
		)
		insert into ai_turns (turn_id, chat_session_id, action, connector, started_at, first_byte_at, finished_at, outcome)
		select gen_random_uuid(), id, 'message', 'n8n', created_at, created_at + make_interval(secs => 1 + id % 7 / 4.0),
			created_at + make_interval(secs => 2 + id % 11), case when id % 50 = 0 then 'timeout' else 'ok' end from inserted`);
}

/** Returns the median time of `CALL_COUNT` calls, in ms. */
async function measureMedianMs(ctx: Ctx): Promise<number> {
	const getDaysAgo = (days: number) =>
		new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
	const times: number[] = [];
	for (let call = 0; call < CALL_COUNT; call += 1) {
		const startedAt = performance.now();
		await getStatistics(ctx, {
			from: getDaysAgo(DAYS - 1),
			to: getDaysAgo(0),
			time_zone: 'Europe/Berlin',
		});
		times.push(performance.now() - startedAt);
	}
	return median(times);
}
