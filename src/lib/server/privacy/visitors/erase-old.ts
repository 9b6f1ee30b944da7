import { asc, eq, isNotNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Erased } from '#lib/contract/visitor.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { audit_entries, sites } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { eraseChats, NOTHING, sum } from './erase-chats.ts';

const BATCH = 50;
/** Any fixed number: of all processes one erases at a time. */
const RETENTION_LOCK = 7_204_551;

type Site = Pick<typeof sites.$inferSelect, 'id' | 'key' | 'name' | 'retention_days'>;

/**
 * Erases the chats whose site keeps them no longer, fifty by a transaction, one process at a time; what they count for in
 * the statistics stays. Each run leaves one audit entry a site with its numbers.
 */
export async function eraseOldChats(ctx: Ctx, signal?: AbortSignal): Promise<Erased> {
	const { id, key, name, retention_days } = sites;
	const kept = await ctx.db
		.select({ id, key, name, retention_days })
		.from(sites)
		.where(isNotNull(retention_days))
		.orderBy(asc(id));
	let total = NOTHING;
	for (const site of kept) total = sum(total, await eraseOldOf(ctx, site, signal));
	return total;
}

async function eraseOldOf(ctx: Ctx, site: Site, signal?: AbortSignal): Promise<Erased> {
	let [total, entryId]: [Erased, number | undefined] = [NOTHING, undefined];
	while (!signal?.aborted) {
		const part = await inTransaction(ctx, async (tx) => {
			if (!(await takeLock(tx))) return undefined;
			const ids = await findOld(tx, site);
			const counts = await eraseChats(tx, ids);
			const noted =
				counts.sessions > 0 ? await note(tx, site, sum(total, counts), entryId) : entryId;
			return { counts, noted, isLast: ids.length < BATCH };
		});
		if (!part) return total;
		// Only now that it is committed.
		[total, entryId] = [sum(total, part.counts), part.noted];
		if (part.isLast) return total;
	}
	return total;
}

async function takeLock(tx: Ctx): Promise<boolean> {
	const { rows } = await tx.db.execute(
		sql`select pg_try_advisory_xact_lock(${RETENTION_LOCK}) as is_taken`,
	);
	return z.array(z.object({ is_taken: z.boolean() })).parse(rows)[0]?.is_taken ?? false;
}

const ids = z.array(z.object({ id: z.coerce.number() }));

/** Read by chat_sessions_site_list, the oldest first. What is written in this instant is left for the next run. */
async function findOld(tx: Ctx, { id, retention_days }: Site): Promise<number[]> {
	const { rows } = await tx.db.execute(sql`
		select id from chat_sessions
		where site_id = ${id}
			and last_activity_at < ${tx.app.clock().toISOString()}::timestamptz - make_interval(days => ${retention_days})
		order by last_activity_at, id limit ${BATCH} for update skip locked`);
	return ids.parse(rows).map((row) => row.id);
}

/** One entry a run: made by the first batch, brought up by the others in the transaction of each. */
async function note(tx: Ctx, site: Site, counts: Erased, entryId?: number): Promise<number> {
	const detail = { days: site.retention_days, ...counts };
	if (entryId !== undefined) {
		await tx.db.update(audit_entries).set({ detail }).where(eq(audit_entries.id, entryId));
		return entryId;
	}
	const target = { type: 'site', id: site.key, name: site.name };
	return audit(tx, { action: 'retention.applied', target, detail });
}
