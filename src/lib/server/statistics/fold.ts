import { inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';
import { inTransaction } from '../core/db/transaction.ts';
import { counted_sessions, type Contribution } from '../core/db/schema/index.ts';
import { addToCounters } from './add-to-counters.ts';
import { contributionOf } from './contribution.ts';
import { COUNTERS_LOCK } from './counters.ts';
import { readFacts } from './read-facts.ts';
import { Tally } from './tally.ts';
import { takeWidgetEvents } from './take-widget-events.ts';

const PAGE = 500;
const ids = z.array(z.object({ id: z.coerce.number() }));

/**
 * Brings the counters up to what has been committed: takes what is due, finds out as what each chat session is to be
 * counted now, and adds the difference. Several processes may fold at once; one at a time does.
 */
export async function foldStatistics(
	ctx: Ctx,
	{ mostPages = Infinity, signal }: { mostPages?: number; signal?: AbortSignal } = {},
): Promise<void> {
	for (let page = 0; page < mostPages && !signal?.aborted; page += 1) {
		if (!(await isAnythingDue(ctx))) return;
		if (!(await inTransaction(ctx, foldPage))) return;
	}
}

async function isAnythingDue(ctx: Ctx): Promise<boolean> {
	const { rows } = await ctx.db.execute(sql`
		select exists (select from statistics_due) or exists (select from widget_events)
			or exists (select from counted_sessions where chat_session_id is null and not is_kept) as is_due`);
	return z.array(z.object({ is_due: z.boolean() })).parse(rows)[0]?.is_due ?? false;
}

/** Gives whether more may be due: what had to be left for later is not taken up again at once. */
async function foldPage(tx: Ctx): Promise<boolean> {
	await lockCounters(tx);
	const { rows } = await tx.db.execute(sql`
		delete from statistics_due where id in (select id from statistics_due order by id limit ${PAGE})
		returning chat_session_id as id`);
	const due = [...new Set(ids.parse(rows).map(({ id }) => id))];
	const tally = new Tally();
	const deleted = await takeOutDeleted(tx, tally);
	await recountSessions(tx, due, tally);
	const told = await takeWidgetEvents(tx, tally);
	await addToCounters(tx.db, tally);
	return rows.length === PAGE || deleted === PAGE || told > 0;
}

/** Whoever changes counters holds this to the end of the transaction. */
export async function lockCounters(tx: Ctx): Promise<void> {
	await tx.db.execute(sql`select pg_advisory_xact_lock(${COUNTERS_LOCK})`);
}

async function takeOutDeleted(tx: Ctx, tally: Tally): Promise<number> {
	const { rows } = await tx.db.execute(sql`
		delete from counted_sessions where id in (
			select id from counted_sessions where chat_session_id is null and not is_kept order by id limit ${PAGE}
		) returning contribution`);
	for (const { contribution } of z.array(z.object({ contribution: z.unknown() })).parse(rows)) {
		if (contribution) tally.add(contribution as Contribution, -1);
	}
	return rows.length;
}

/**
 * Counts these chat sessions anew; gives how many had been counted otherwise. Takes no lock that anybody holds for
 * long, and waits for none: what is locked becomes due again.
 */
export async function recountSessions(tx: Ctx, due: number[], tally: Tally): Promise<number> {
	if (due.length === 0) return 0;
	const counted = await lockCounted(tx, due);
	let changed = 0;
	const updates: { id: number; contribution: Contribution }[] = [];
	for (const facts of await readFacts(tx.db, due)) {
		const mark = counted.get(facts.id);
		const contribution = contributionOf(facts);
		if (!mark || isSame(mark.contribution, contribution)) continue;
		if (mark.contribution) tally.add(mark.contribution, -1);
		tally.add(contribution);
		updates.push({ id: mark.id, contribution });
		changed += 1;
	}
	await keepCounted(tx, updates);
	return changed;
}

interface Mark {
	id: number;
	contribution: Contribution | null;
}

/** What these chat sessions are counted as, locked; rows that are missing are made. */
async function lockCounted(tx: Ctx, due: number[]): Promise<Map<number, Mark>> {
	const param = sql.param(due);
	await tx.db.execute(sql`
		insert into counted_sessions (chat_session_id)
		select s.id from chat_sessions s where s.id = any(${param}::bigint[]) and s.channel <> 'test'
			and not exists (select from counted_sessions c where c.chat_session_id = s.id)
		order by s.id for key share skip locked
		on conflict do nothing`);
	const rows = await tx.db
		.select()
		.from(counted_sessions)
		.where(inArray(counted_sessions.chat_session_id, due))
		.for('update', { skipLocked: true });
	const marks = new Map(rows.map((row) => [row.chat_session_id ?? 0, row]));
	const missing = due.filter((id) => !marks.has(id));
	if (missing.length > 0) {
		await tx.db.execute(sql`
			insert into statistics_due (chat_session_id)
			select id from chat_sessions where id = any(${sql.param(missing)}::bigint[]) and channel <> 'test'`);
	}
	return marks;
}

async function keepCounted(tx: Ctx, updates: { id: number; contribution: Contribution }[]) {
	if (updates.length === 0) return;
	const column = <T>(pick: (row: (typeof updates)[number]) => T) => sql.param(updates.map(pick));
	await tx.db.execute(sql`
		update counted_sessions c set contribution = input.contribution, bucket_at = input.bucket_at
		from unnest(${column(({ id }) => id)}::bigint[],
			${column(({ contribution }) => JSON.stringify(contribution))}::jsonb[],
			${column(({ contribution }) => contribution.bucket_at)}::timestamptz[])
			as input (id, contribution, bucket_at)
		where c.id = input.id`);
}

/** jsonb keeps its own order of names: compared by what they say. */
function isSame(kept: Contribution | null, counted: Contribution): boolean {
	return kept !== null && canonical(kept) === canonical(counted);
}

const canonical = (value: unknown): string =>
	JSON.stringify(value, (_, inner: unknown) =>
		typeof inner === 'object' && inner !== null && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);
