import { inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { counted_sessions, type Contribution } from '../core/db/schema/index.ts';
import { contributionOf } from './contribution.ts';
import { readSnapshots } from './snapshot.ts';
import { COUNTERS_LOCK } from './counters.ts';
import { addToCounters, Tally } from './tally.ts';
import { takeWidgetEvents } from './widget-events.ts';

const PAGE_SIZE = 500;
const ids = z.array(z.object({ id: z.coerce.number() }));

/**
 * Folds committed changes into the counters: takes the chat sessions that are due, computes their current contributions
 * and adds the differences, page by page. Calls in several processes wait for each other. Requests never fold: they read the
 * counters as they are, and `statistics.updated` announces newer ones.
 */
export async function foldStatistics(ctx: Ctx, signal?: AbortSignal): Promise<void> {
	while (!signal?.aborted) {
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

/** Returns whether more may be due, apart from the chat sessions that this page skipped as locked. */
async function foldPage(tx: Ctx): Promise<boolean> {
	await lockCounters(tx);
	const { rows } = await tx.db.execute(sql`
		delete from statistics_due where id in (select id from statistics_due order by id limit ${PAGE_SIZE})
		returning chat_session_id as id`);
	const due = [...new Set(ids.parse(rows).map(({ id }) => id))];
	const tally = new Tally();
	const deleted = await subtractDeleted(tx, tally);
	await recountSessions(tx, due, tally);
	const widgetEvents = await takeWidgetEvents(tx, tally);
	await addToCounters(tx.db, tally);
	if (!tally.isEmpty()) await record(tx, 'statistics.updated', {});
	return rows.length === PAGE_SIZE || deleted === PAGE_SIZE || widgetEvents > 0;
}

/** Takes the lock of the counters until the end of the transaction; every change of a counter needs it. */
export async function lockCounters(tx: Ctx): Promise<void> {
	await tx.db.execute(sql`select pg_advisory_xact_lock(${COUNTERS_LOCK})`);
}

async function subtractDeleted(tx: Ctx, tally: Tally): Promise<number> {
	const { rows } = await tx.db.execute(sql`
		delete from counted_sessions where id in (
			select id from counted_sessions where chat_session_id is null and not is_kept order by id limit ${PAGE_SIZE}
		) returning contribution`);
	for (const { contribution } of z.array(z.object({ contribution: z.unknown() })).parse(rows)) {
		if (contribution) tally.add(contribution as Contribution, -1);
	}
	return rows.length;
}

/**
 * Recounts these chat sessions into the tally and returns how many contributions changed. Never waits for a lock on a chat
 * session: a locked one becomes due again.
 */
export async function recountSessions(tx: Ctx, due: number[], tally: Tally): Promise<number> {
	if (due.length === 0) return 0;
	const counted = await lockCountedSessions(tx, due);
	const updates: { id: number; contribution: Contribution }[] = [];
	for (const snapshot of await readSnapshots(tx.db, due)) {
		const stored = counted.get(snapshot.id);
		const contribution = contributionOf(snapshot);
		if (!stored || isSame(stored.contribution, contribution)) continue;
		if (stored.contribution) tally.add(stored.contribution, -1);
		tally.add(contribution);
		updates.push({ id: stored.id, contribution });
	}
	await storeContributions(tx, updates);
	return updates.length;
}

interface CountedSession {
	id: number;
	contribution: Contribution | null;
}

/** Locks the stored contributions of these chat sessions by chat session id, and creates missing rows. */
async function lockCountedSessions(tx: Ctx, due: number[]): Promise<Map<number, CountedSession>> {
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
	const counted = new Map(rows.map((row) => [row.chat_session_id ?? 0, row]));
	const skipped = due.filter((id) => !counted.has(id));
	if (skipped.length > 0) {
		await tx.db.execute(sql`
			insert into statistics_due (chat_session_id)
			select id from chat_sessions where id = any(${sql.param(skipped)}::bigint[]) and channel <> 'test'`);
	}
	return counted;
}

/** Replaces stored contributions, without changing the counters. */
export async function storeContributions(
	tx: Ctx,
	updates: { id: number; contribution: Contribution }[],
): Promise<void> {
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

/** Compares regardless of the order of keys, which jsonb does not preserve. */
function isSame(stored: Contribution | null, counted: Contribution): boolean {
	return stored !== null && canonical(stored) === canonical(counted);
}

const canonical = (value: unknown): string =>
	JSON.stringify(value, (_, inner: unknown) =>
		typeof inner === 'object' && inner !== null && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);
