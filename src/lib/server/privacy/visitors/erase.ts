import { asc, eq, isNotNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { erased, type Erased, eraseInput, type EraseInput } from '#lib/contract/visitor.ts';
import { removeSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { tryAdvisoryLock } from '#lib/server/core/db/advisory-lock.ts';
import { audit_entries, sites } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import { freezeContributions } from '#lib/server/statistics/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { findChats } from './find.ts';

/** The number of chats that one transaction erases. */
const BATCH_SIZE = 50;

/**
 * Permanently erases all chats of a visitor with their messages, leads, deliveries and mails, and returns the number of
 * erased rows. Statistics keep counting them. Idempotent; a retry erases what an interrupted run left. For admins only.
 * Throws `invalid` and `conflict` like `findVisitor`.
 */
export async function eraseVisitor(ctx: Ctx, input: EraseInput): Promise<Erased> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	const visitor = parse(eraseInput, input);
	const ids = await findChats(ctx, visitor);
	let total = NO_ROWS;
	// The named chat goes last, so that a retry can find the others by it.
	const reversedIds = ids.toReversed();
	for (let from = 0; from < reversedIds.length; from += BATCH_SIZE) {
		const batch = reversedIds.slice(from, from + BATCH_SIZE);
		const part = await inTransaction(ctx, async (tx) => {
			const counts = await eraseChats(tx, batch, { isOneVisitor: true });
			if (counts.sessions > 0) await audit(tx, { action: 'visitor.erased', detail: counts });
			return counts;
		});
		total = addCounts(total, part);
	}
	return total;
}

const idRows = z.array(z.object({ id: z.coerce.number() }));

/**
 * Erases chat sessions with all their personal data, including quotations in error reports, and returns the number of
 * erased rows. Statistics keep counting them, see `freezeContributions`. Needs a transaction and a small batch. Doesn't check permissions.
 */
async function eraseChats(
	tx: Ctx,
	ids: number[],
	options: { isOneVisitor: boolean },
): Promise<Erased> {
	// Locked before the counters and in the order of ids, as everywhere, to avoid deadlocks.
	const { rows } = await tx.db.execute(sql`
		select id from chat_sessions where id = any(${sql.param(ids)}::bigint[]) order by id for update`);
	const lockedIds = idRows.parse(rows).map(({ id }) => id);
	const counts = await countRows(tx, lockedIds);
	if (lockedIds.length === 0) return counts;
	await freezeContributions(tx, lockedIds, options);
	await removeSessions(tx, lockedIds);
	return counts;
}

async function countRows(tx: Ctx, ids: number[]): Promise<Erased> {
	const countIn = (table: string) =>
		sql`(select count(*)::int from ${sql.identifier(table)} where chat_session_id = any(${sql.param(ids)}::bigint[]))`;
	const { rows } = await tx.db
		.execute(sql`select ${ids.length}::int as sessions, ${countIn('messages')} as messages,
		${countIn('leads')} as leads, ${countIn('deliveries')} as deliveries, ${countIn('mails')} as mails,
		${countIn('automation_errors')} as errors`);
	return erased.parse(rows[0]);
}

const addCounts = (a: Erased, b: Erased): Erased => ({
	sessions: a.sessions + b.sessions,
	messages: a.messages + b.messages,
	leads: a.leads + b.leads,
	deliveries: a.deliveries + b.deliveries,
	mails: a.mails + b.mails,
	errors: a.errors + b.errors,
});

const NO_ROWS: Erased = {
	sessions: 0,
	messages: 0,
	leads: 0,
	deliveries: 0,
	mails: 0,
	errors: 0,
};

/** The arbitrary key of the advisory lock that lets only one process erase old chats at a time. */
const RETENTION_LOCK_KEY = 7_204_551;

type Site = Pick<typeof sites.$inferSelect, 'id' | 'key' | 'name' | 'retention_days'>;

/**
 * Erases chats that are older than their site's retention period, in batches, and returns the number of erased rows.
 * Statistics keep counting them. Each run writes one audit entry per site. Doesn't check permissions.
 */
export async function eraseOldChats(ctx: Ctx, signal?: AbortSignal): Promise<Erased> {
	const { id, key, name, retention_days } = sites;
	const sitesWithRetention = await ctx.db
		.select({ id, key, name, retention_days })
		.from(sites)
		.where(isNotNull(retention_days))
		.orderBy(asc(id));
	let total = NO_ROWS;
	for (const site of sitesWithRetention)
		total = addCounts(total, await eraseOldChatsOnSite(ctx, site, signal));
	return total;
}

async function eraseOldChatsOnSite(ctx: Ctx, site: Site, signal?: AbortSignal): Promise<Erased> {
	let [total, entryId]: [Erased, number | undefined] = [NO_ROWS, undefined];
	while (!signal?.aborted) {
		const part = await inTransaction(ctx, async (tx) => {
			if (!(await tryAdvisoryLock(tx, RETENTION_LOCK_KEY))) return undefined;
			const ids = await findExpiredChats(tx, site);
			const counts = await eraseChats(tx, ids, { isOneVisitor: false });
			const newEntryId =
				counts.sessions > 0 ? await auditRun(tx, site, addCounts(total, counts), entryId) : entryId;
			return { counts, newEntryId, isLast: ids.length < BATCH_SIZE };
		});
		if (!part) return total;
		// Added only after the commit.
		[total, entryId] = [addCounts(total, part.counts), part.newEntryId];
		if (part.isLast) return total;
	}
	return total;
}

/** Finds and locks the oldest expired chats. Leaves chats that others have locked to the next run. Uses the index chat_sessions_site_list. */
async function findExpiredChats(tx: Ctx, { id, retention_days }: Site): Promise<number[]> {
	const { rows } = await tx.db.execute(sql`
		select id from chat_sessions
		where site_id = ${id}
			and last_activity_at < ${tx.app.clock().toISOString()}::timestamptz - make_interval(days => ${retention_days})
		order by last_activity_at, id limit ${BATCH_SIZE} for update skip locked`);
	return idRows.parse(rows).map((row) => row.id);
}

/** Writes the run's audit entry with the first batch, and updates its counts with each later one. */
async function auditRun(tx: Ctx, site: Site, counts: Erased, entryId?: number): Promise<number> {
	const detail = { days: site.retention_days, ...counts };
	if (entryId !== undefined) {
		await tx.db.update(audit_entries).set({ detail }).where(eq(audit_entries.id, entryId));
		return entryId;
	}
	const target = { type: 'site', id: site.key, name: site.name };
	return audit(tx, { action: 'retention.applied', target, detail });
}
