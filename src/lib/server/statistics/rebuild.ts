import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { requireAdmin } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import type { Contribution } from '../core/db/schema/index.ts';
import { inTransaction } from '../core/db/transaction.ts';
import { getBucketStart, DAY_MINUTES } from './counters.ts';
import { foldStatistics, lockCounters, recountSessions } from './fold.ts';
import { addWidgetCounts, widgetCount } from './widget-events.ts';
import {
	addToCounters,
	COUNTER_TABLES,
	KEY_COLUMNS,
	Tally,
	type CounterRow,
	type CounterTable,
} from './tally.ts';

const PAGE_SIZE = 500;
const CONTRIBUTION_PAGE_SIZE = 5_000;
const MAX_DIFFERENCES = 1_000;

/**
 * Recounts every chat session, corrects the counters and returns the differences, at most 1,000. Admins only. Safe while the
 * server runs: each transaction covers only one page of chat sessions or one day of counters.
 */
export async function rebuildStatistics(
	ctx: Ctx,
): Promise<{ sessions: number; recounted: number; differences: Difference[] }> {
	requireAdmin(ctx);
	await foldStatistics(ctx);
	const { sessions, recounted } = await recountAll(ctx);
	const differences: Difference[] = [];
	for (const day of await listCountedDays(ctx)) {
		const dayDifferences = await inTransaction(ctx, (tx) => recountDay(tx, day));
		differences.push(...dayDifferences.slice(0, MAX_DIFFERENCES - differences.length));
	}
	return { sessions, recounted, differences };
}

const idRows = z.array(z.object({ id: z.coerce.number() }));

/** Recounts all chat sessions; `recounted` is the number of those whose contribution was wrong. */
async function recountAll(ctx: Ctx): Promise<{ sessions: number; recounted: number }> {
	let [after, sessions, recounted] = [0, 0, 0];
	for (;;) {
		const { rows } = await ctx.db.execute(sql`
			select id from chat_sessions where id > ${after} and channel <> 'test' order by id limit ${PAGE_SIZE}`);
		const page = idRows.parse(rows).map(({ id }) => id);
		after = page.at(-1) ?? after;
		sessions += page.length;
		recounted += await inTransaction(ctx, async (tx) => {
			await lockCounters(tx);
			const tally = new Tally();
			const changedCount = await recountSessions(tx, page, tally);
			await addToCounters(tx.db, tally);
			return changedCount;
		});
		if (page.length < PAGE_SIZE) return { sessions, recounted };
	}
}

/** Returns the start of every UTC day with counters, in ms since the epoch, oldest first. With imports, they may be years apart. */
async function listCountedDays(ctx: Ctx): Promise<number[]> {
	const tables = ['counted_sessions', 'widget_counts', ...COUNTER_TABLES].map(
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

/** Compares a day's counters with the sum of its contributions, and replaces those of tables that differ. */
async function recountDay(tx: Ctx, day: number): Promise<Difference[]> {
	await lockCounters(tx);
	const dayCondition = sql`bucket_at >= ${new Date(day).toISOString()}
		and bucket_at < ${new Date(day + DAY_MINUTES * 60_000).toISOString()}`;
	const tally = await tallyDay(tx, dayCondition);
	const differences: Difference[] = [];
	for (const table of COUNTER_TABLES) {
		const name = sql.identifier(table);
		const { rows } = await tx.db.execute(
			sql`select to_jsonb(t) as row from ${name} t where ${dayCondition}`,
		);
		const stored = z.array(z.object({ row: storedRow })).parse(rows);
		const dayDifferences = diffRows(
			table,
			stored.map(({ row }) => row),
			tally.listRows(table),
		);
		if (dayDifferences.length > 0)
			await tx.db.execute(sql`delete from ${name} where ${dayCondition}`);
		if (dayDifferences.length > 0) await addToCounters(tx.db, tally, [table]);
		differences.push(...dayDifferences);
	}
	return differences;
}

const storedRow = z.record(
	z.string(),
	z.union([z.number(), z.string(), z.array(z.number())]),
) satisfies z.ZodType<CounterRow>;

async function tallyDay(tx: Ctx, dayCondition: ReturnType<typeof sql>): Promise<Tally> {
	const tally = new Tally();
	for (let after = 0, hasMore = true; hasMore;) {
		const { rows } = await tx.db.execute(sql`
			select id, contribution from counted_sessions
			where ${dayCondition} and id > ${after} and contribution is not null order by id limit ${CONTRIBUTION_PAGE_SIZE}`);
		const page = z
			.array(z.object({ id: z.coerce.number(), contribution: z.custom<Contribution>(Boolean) }))
			.parse(rows);
		for (const { contribution } of page) tally.add(contribution);
		after = page.at(-1)?.id ?? after;
		hasMore = page.length === CONTRIBUTION_PAGE_SIZE;
	}
	const { rows } = await tx.db.execute(sql`select * from widget_counts where ${dayCondition}`);
	for (const row of z.array(widgetCount).parse(rows)) addWidgetCounts(tally, row);
	return tally;
}

/** A counter whose stored value differs from the recount. */
interface Difference {
	table: CounterTable;
	/** The row's key: site, grain, time and names. */
	row: string;
	counter: string;
	stored: number;
	counted: number;
}

/** Returns the counters in which the stored rows differ from the counted ones; a missing row counts as all zeros. */
function diffRows(table: CounterTable, stored: CounterRow[], counted: CounterRow[]): Difference[] {
	const [before, after] = [indexByKey(table, stored), indexByKey(table, counted)];
	const keys = new Set([...before.keys(), ...after.keys()]);
	return [...keys].flatMap((row) => {
		const [a, b] = [before.get(row), after.get(row)];
		const counters = new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])]);
		return [...counters].flatMap((counter) => {
			const [actual, expected] = [a?.get(counter) ?? 0, b?.get(counter) ?? 0];
			return actual === expected
				? []
				: [{ table, row, counter, stored: actual, counted: expected }];
		});
	});
}

/** Maps each row's key to its counters; every bin of a histogram is a separate counter. */
function indexByKey(table: CounterTable, rows: CounterRow[]): Map<string, Map<string, number>> {
	return new Map(rows.map((row) => [getRowKey(table, row), getCounters(table, row)]));
}

function getRowKey(table: CounterTable, row: CounterRow): string {
	return KEY_COLUMNS[table]
		.map((column) =>
			column === 'bucket_at' ? toIsoMinute(String(row[column])) : String(row[column]),
		)
		.join(' · ');
}

const toIsoMinute = (text: string) => new Date(getBucketStart(Date.parse(text), 1)).toISOString();

function getCounters(table: CounterTable, row: CounterRow): Map<string, number> {
	const counters = new Map<string, number>();
	for (const [column, value] of Object.entries(row)) {
		if (KEY_COLUMNS[table].includes(column)) continue;
		if (Array.isArray(value)) value.forEach((n, bin) => counters.set(`${column}[${bin}]`, n));
		else counters.set(column, Number(value));
	}
	return counters;
}
