import { sql } from 'drizzle-orm';
import { createApp } from '#lib/server/create-app.ts';
import { readConfig } from '#lib/server/core/config.ts';
import { systemContext, type Ctx } from '#lib/server/core/context.ts';
import { migrateDatabase } from '#lib/server/core/db/migrate.ts';
import { ensureDefaultSite } from '#lib/server/sites/unchecked.ts';
import { getStatistics, rebuildStatistics } from '#lib/server/statistics/index.ts';
import { median, type Bench } from '../bench.ts';
import { SECRET_KEY, startBenchPostgres } from '../seeded.ts';

const FEW = 1_000;
const MANY = Number(process.env['BENCH_SESSIONS'] ?? 1_000_000);
const DAYS = 90;
const CALLS = 15;

/** Statistics of 90 days over many chat sessions, against the same over 1,000. */
export const statisticsBench: Bench = {
	name: 'statistics',
	async run({ seconds, rounds }) {
		const many = seconds < 1 ? 5_000 : MANY;
		const postgres = await startBenchPostgres();
		try {
			const small = await filled(postgres.url, 'few', FEW);
			const large = await filled(postgres.url, 'many', many);
			const measured = [];
			for (let round = 0; round < rounds; round += 1) {
				measured.push({ baseline: await timeOf(small.ctx), ours: await timeOf(large.ctx) });
			}
			await small.close();
			await large.close();
			const name = `statistics of ${DAYS} days at ${many} chat sessions ÷ at ${FEW}`;
			return [{ name, unit: 'ms', rounds: measured, goal: '≤ 3' }];
		} finally {
			await postgres.stop();
		}
	},
};

/** Creates a database with chat sessions spread over days, hours and sources. */
async function filled(base: string, name: string, sessions: number) {
	const admin = open(base);
	await admin.app.db.execute(sql.raw(`create database bench_${name}`));
	await admin.close();
	const url = new URL(base);
	url.pathname = `/bench_${name}`;
	await migrateDatabase(url.href, 'drizzle');
	const { app, close } = open(url.href);
	const ctx = systemContext(app);
	await ensureDefaultSite(ctx);
	for (let first = 0; first < sessions; first += 50_000) {
		await insertSessions(ctx, first, Math.min(sessions, first + 50_000), sessions);
	}
	await app.db.execute(sql`analyze`);
	await rebuildStatistics(ctx);
	return { ctx, close };
}

const open = (databaseUrl: string) =>
	createApp({
		config: readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', DATABASE_URL: databaseUrl }),
		databaseUrl,
		secretKey: SECRET_KEY,
	});

/** Inserts chat sessions: 40% complete with a lead, 30% abandoned, with 30 pairs of source and campaign. */
async function insertSessions({ app }: Ctx, from: number, to: number, all: number): Promise<void> {
	await app.db.execute(sql`
		with made as (
			insert into chat_sessions (public_id, site_id, completion_status, completion_source, completed_at,
				ai_engaged, message_count, context, created_at, last_activity_at)
			select 'session_bench' || n, (select id from sites where key = 'default'),
				case when n % 10 < 4 then 'complete' when n % 10 < 7 then 'abandoned' else 'in_progress' end,
				case when n % 10 < 4 then 'live' end, case when n % 10 < 4 then at + make_interval(secs => n % 900) end,
				n % 10 < 8, n % 20, jsonb_build_object('utm_source', 'source ' || n % 6, 'utm_campaign', 'campaign ' || n % 5),
				at, at
			from (select n, now() - make_interval(secs => n::float8 / ${all}::float8 * ${(DAYS - 1) * 86_400})  as at
				from generate_series(${from}::integer, ${to - 1}::integer) n) numbered
			returning id, completion_status, created_at
		), known as (
			insert into leads (chat_session_id, name, email, created_at)
			select id, 'Ada', 'ada@example.com', created_at from made where completion_status = 'complete'
		)
		insert into ai_turns (turn_id, chat_session_id, action, connector, started_at, first_byte_at, finished_at, outcome)
		select gen_random_uuid(), id, 'message', 'n8n', created_at, created_at + make_interval(secs => 1 + id % 7 / 4.0),
			created_at + make_interval(secs => 2 + id % 11), case when id % 50 = 0 then 'timeout' else 'ok' end from made`);
}

/** Returns the median time of some calls, in ms. */
async function timeOf(ctx: Ctx): Promise<number> {
	const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
	const times: number[] = [];
	for (let call = 0; call < CALLS; call += 1) {
		const start = performance.now();
		await getStatistics(ctx, { from: day(DAYS - 1), to: day(0), time_zone: 'Europe/Berlin' });
		times.push(performance.now() - start);
	}
	return median(times);
}
