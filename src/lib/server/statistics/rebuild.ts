import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { requireAdmin } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import type { Contribution } from '../core/db/schema/index.ts';
import { inTransaction } from '../core/db/transaction.ts';
import { addToCounters } from './add-to-counters.ts';
import { DAY } from './counters.ts';
import { foldStatistics, lockCounters, recountSessions } from './fold.ts';
import { differencesOf, type Difference } from './differences.ts';
import { addWidgetCounts, widgetCount } from './take-widget-events.ts';
import { Tally, TABLES, type CounterRow } from './tally.ts';

const PAGE = 500;
const MOST_TOLD = 1_000;

/**
 * Counts every chat session anew, corrects what was kept otherwise and tells the differences, at most 1,000 of them.
 * The server may run meanwhile: a page of chat sessions, then a day of counters, is worked on at a time. Admins only.
 */
export async function rebuildStatistics(
	ctx: Ctx,
): Promise<{ sessions: number; recounted: number; differences: Difference[] }> {
	requireAdmin(ctx);
	await foldStatistics(ctx);
	const { sessions, recounted } = await recountAll(ctx);
	const differences: Difference[] = [];
	for (const day of await countedDays(ctx)) {
		const found = await inTransaction(ctx, (tx) => recountDay(tx, day));
		differences.push(...found.slice(0, MOST_TOLD - differences.length));
	}
	return { sessions, recounted, differences };
}

const ids = z.array(z.object({ id: z.coerce.number() }));

/** Brings what each chat session is counted as in step with its facts; `recounted` had been counted otherwise. */
async function recountAll(ctx: Ctx): Promise<{ sessions: number; recounted: number }> {
	let [after, sessions, recounted] = [0, 0, 0];
	for (;;) {
		const { rows } = await ctx.db.execute(sql`
			select id from chat_sessions where id > ${after} and channel <> 'test' order by id limit ${PAGE}`);
		const page = ids.parse(rows).map(({ id }) => id);
		after = page.at(-1) ?? after;
		sessions += page.length;
		recounted += await inTransaction(ctx, async (tx) => {
			await lockCounters(tx);
			const tally = new Tally();
			const changed = await recountSessions(tx, page, tally);
			await addToCounters(tx.db, tally);
			return changed;
		});
		if (page.length < PAGE) return { sessions, recounted };
	}
}

/** Every day of UTC that something is counted in, oldest first; imported chats may lie years before all others. */
async function countedDays(ctx: Ctx): Promise<number[]> {
	const tables = ['counted_sessions', 'widget_counts', ...TABLES].map(
		(table) =>
			sql`select date_trunc('day', bucket_at, 'UTC') as day from ${sql.identifier(table)} group by 1`,
	);
	const { rows } = await ctx.db.execute(
		sql`select day from (${sql.join(tables, sql` union `)}) days where day is not null order by day`,
	);
	return z
		.array(z.object({ day: z.coerce.date() }))
		.parse(rows)
		.map(({ day }) => day.getTime());
}

/** Compares a day's counters with the sum of its contributions, and puts the sum in their place where they differ. */
async function recountDay(tx: Ctx, day: number): Promise<Difference[]> {
	await lockCounters(tx);
	const isOfDay = sql`bucket_at >= ${new Date(day).toISOString()}
		and bucket_at < ${new Date(day + DAY * 60_000).toISOString()}`;
	const counted = await tallyDay(tx, isOfDay);
	const differences: Difference[] = [];
	for (const table of TABLES) {
		const name = sql.identifier(table);
		const { rows } = await tx.db.execute(
			sql`select to_jsonb(t) as row from ${name} t where ${isOfDay}`,
		);
		const kept = z.array(z.object({ row: keptRow })).parse(rows);
		const found = differencesOf(
			table,
			kept.map(({ row }) => row),
			counted.rows(table),
		);
		if (found.length > 0) await tx.db.execute(sql`delete from ${name} where ${isOfDay}`);
		if (found.length > 0) await addToCounters(tx.db, counted, [table]);
		differences.push(...found);
	}
	return differences;
}

const keptRow = z.record(
	z.string(),
	z.union([z.number(), z.string(), z.array(z.number())]),
) satisfies z.ZodType<CounterRow>;

async function tallyDay(tx: Ctx, isOfDay: ReturnType<typeof sql>): Promise<Tally> {
	const tally = new Tally();
	for (let after = 0, isMore = true; isMore;) {
		const { rows } = await tx.db.execute(sql`
			select id, contribution from counted_sessions
			where ${isOfDay} and id > ${after} and contribution is not null order by id limit 5000`);
		const page = z
			.array(z.object({ id: z.coerce.number(), contribution: z.custom<Contribution>(Boolean) }))
			.parse(rows);
		for (const { contribution } of page) tally.add(contribution);
		after = page.at(-1)?.id ?? after;
		isMore = page.length === 5000;
	}
	const { rows } = await tx.db.execute(sql`select * from widget_counts where ${isOfDay}`);
	for (const row of z.array(widgetCount).parse(rows)) addWidgetCounts(tally, row);
	return tally;
}
