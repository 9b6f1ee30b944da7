import { inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { counted_sessions, type Contribution } from '../core/db/schema/index.ts';
import { toContribution } from './contribution.ts';
import { readSnapshots } from './snapshot.ts';
import { COUNTERS_LOCK_KEY } from './counters.ts';
import { addToCounters, Tally } from './tally.ts';
import { foldWidgetEvents } from './widget-events.ts';

const PAGE_SIZE = 500;
const idRows = z.array(z.object({ id: z.coerce.number() }));

/**
 * Folds committed changes into the counters: takes the chat sessions that are due, computes their current contributions
 * and adds the differences, page by page. Calls in several processes wait for each other. Requests never fold: they read the
 * counters as they are, and `statistics.updated` announces newer ones.
 */
export async function foldStatistics(ctx: Ctx, signal?: AbortSignal): Promise<void> {
	while (!signal?.aborted) {
		if (!(await hasDueChanges(ctx))) return;
		if (!(await inTransaction(ctx, foldPage))) return;
	}
}

async function hasDueChanges(ctx: Ctx): Promise<boolean> {
	const { rows } = await ctx.db.execute(sql`
		select exists (select from statistics_due) or exists (select from widget_events)
			or exists (select from counted_sessions where chat_session_id is null and not is_kept) as is_due`);
	return z.array(z.object({ is_due: z.boolean() })).parse(rows)[0]?.is_due ?? false;
}

/** Folds one page of changes. Returns whether more may be due, not counting chat sessions that were skipped because they are locked. */
async function foldPage(tx: Ctx): Promise<boolean> {
	await lockCounters(tx);
	const { rows } = await tx.db.execute(sql`
		delete from statistics_due where id in (select id from statistics_due order by id limit ${PAGE_SIZE})
		returning chat_session_id as id`);
	const dueIds = [...new Set(idRows.parse(rows).map(({ id }) => id))];
	const tally = new Tally();
	const deletedCount = await subtractDeleted(tx, tally);
	await recountSessions(tx, dueIds, tally);
	const widgetEventCount = await foldWidgetEvents(tx, tally);
	await addToCounters(tx.db, tally);
	if (!tally.isEmpty()) await record(tx, 'statistics.updated', {});
	return rows.length === PAGE_SIZE || deletedCount === PAGE_SIZE || widgetEventCount > 0;
}

/** Locks the counters until the end of the transaction; every change of a counter needs this lock. */
export async function lockCounters(tx: Ctx): Promise<void> {
	await tx.db.execute(sql`select pg_advisory_xact_lock(${COUNTERS_LOCK_KEY})`);
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
export async function recountSessions(
	tx: Ctx,
	sessionIds: number[],
	tally: Tally,
): Promise<number> {
	if (sessionIds.length === 0) return 0;
	const countedSessions = await lockCountedSessions(tx, sessionIds);
	const updates: { id: number; contribution: Contribution }[] = [];
	for (const snapshot of await readSnapshots(tx.db, sessionIds)) {
		const countedSession = countedSessions.get(snapshot.id);
		const contribution = toContribution(snapshot);
		if (!countedSession || isSame(countedSession.contribution, contribution)) continue;
		if (countedSession.contribution) tally.add(countedSession.contribution, -1);
		tally.add(contribution);
		updates.push({ id: countedSession.id, contribution });
	}
	await storeContributions(tx, updates);
	return updates.length;
}

interface CountedSession {
	id: number;
	contribution: Contribution | null;
}

/** Locks the stored contributions of these chat sessions by chat session id, and creates missing rows. */
async function lockCountedSessions(
	tx: Ctx,
	sessionIds: number[],
): Promise<Map<number, CountedSession>> {
	const param = sql.param(sessionIds);
	await tx.db.execute(sql`
		insert into counted_sessions (chat_session_id)
		select s.id from chat_sessions s where s.id = any(${param}::bigint[]) and s.channel <> 'test'
			and not exists (select from counted_sessions c where c.chat_session_id = s.id)
		order by s.id for key share skip locked
		on conflict do nothing`);
	const rows = await tx.db
		.select()
		.from(counted_sessions)
		.where(inArray(counted_sessions.chat_session_id, sessionIds))
		.for('update', { skipLocked: true });
	const countedSessions = new Map(rows.map((row) => [row.chat_session_id ?? 0, row]));
	const skippedIds = sessionIds.filter((id) => !countedSessions.has(id));
	if (skippedIds.length > 0) {
		await tx.db.execute(sql`
			insert into statistics_due (chat_session_id)
			select id from chat_sessions where id = any(${sql.param(skippedIds)}::bigint[]) and channel <> 'test'`);
	}
	return countedSessions;
}

/** Replaces stored contributions, without changing the counters. */
export async function storeContributions(
	tx: Ctx,
	updates: { id: number; contribution: Contribution }[],
): Promise<void> {
	if (updates.length === 0) return;
	const toColumnParam = <T>(pick: (row: (typeof updates)[number]) => T) =>
		sql.param(updates.map(pick));
	await tx.db.execute(sql`
		update counted_sessions c set contribution = input.contribution, bucket_at = input.bucket_at
		from unnest(${toColumnParam(({ id }) => id)}::bigint[],
			${toColumnParam(({ contribution }) => JSON.stringify(contribution))}::jsonb[],
			${toColumnParam(({ contribution }) => contribution.bucket_at)}::timestamptz[])
			as input (id, contribution, bucket_at)
		where c.id = input.id`);
}

/** Compares regardless of the order of keys, which jsonb does not preserve. */
function isSame(storedContribution: Contribution | null, contribution: Contribution): boolean {
	return (
		storedContribution !== null &&
		toCanonicalJson(storedContribution) === toCanonicalJson(contribution)
	);
}

const toCanonicalJson = (value: unknown): string =>
	JSON.stringify(value, (_, inner: unknown) =>
		typeof inner === 'object' && inner !== null && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);
