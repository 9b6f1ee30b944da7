import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { removeSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';

// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.

/** For how many days each kind of data is kept; docs/architecture.md describes them. */
export const RETENTION_DAYS = {
	/** After they expire. */
	user_tokens: 1,
	rate_limits: 1,
	invitations: 90,
	/** After they are created. */
	mails: 90,
	/** Request and response bodies; the deliveries themselves are kept. */
	delivery_bodies: 90,
	automation_errors: 90,
	/** After they last occurred. */
	error_groups: 365,
	messenger_sends: 30,
	push_messages: 30,
	judge_calls: 30,
	alerts: 90,
	test_chats: 30,
	suite_runs: 365,
	/** The hashed ids of deleted chats, which keep late imports from bringing them back. */
	deleted_sessions: 90,
	/** After another connector replaced them. */
	retired_connectors: 90,
	audit_entries: 730,
} as const;
type Expiring = keyof typeof RETENTION_DAYS;

/** The numbers of deleted rows by kind. The retention of traces is set by each site. */
type Deleted = Partial<Record<Expiring | 'ai_traces', number>>;

const BATCH_SIZE = 500;
/** The advisory lock's key, an arbitrary constant: one process deletes at a time. */
const HOUSEKEEPING_LOCK = 7_204_552;

type Step = (tx: Ctx, before: SQL) => Promise<number>;

/** Deletes expired rows from the start of an append-only table, whose ids follow the order of time. */
const deleteOldest =
	(table: string, isExpired: (before: SQL) => SQL): Step =>
	async (tx, before) => {
		const name = sql.identifier(table);
		const { rowCount } = await tx.db.execute(sql`
			delete from ${name} where id in (
				select id from (select * from ${name} order by id limit ${BATCH_SIZE}) oldest where ${isExpired(before)})`);
		return rowCount ?? 0;
	};

const STEPS: Record<Expiring, Step> = {
	user_tokens: async ({ db }, before) => {
		const { rowCount } = await db.execute(sql`delete from user_tokens where token_hash in (
			select token_hash from user_tokens where expires_at < ${before} limit ${BATCH_SIZE})`);
		return rowCount ?? 0;
	},
	rate_limits: async ({ db }, before) => {
		const { rowCount } = await db.execute(sql`delete from rate_limits where key in (
			select key from rate_limits where expire < extract(epoch from ${before}) * 1000 limit ${BATCH_SIZE})`);
		return rowCount ?? 0;
	},
	invitations: deleteOldest('invitations', (before) => sql`expires_at < ${before}`),
	mails: deleteOldest('mails', (before) => sql`created_at < ${before} and status <> 'pending'`),
	delivery_bodies: clearBodies,
	automation_errors: deleteOldest('automation_errors', (before) => sql`created_at < ${before}`),
	error_groups: async ({ db }, before) => {
		// Uses the index error_groups_list.
		const { rowCount } = await db.execute(sql`delete from error_groups where id in (
			select id from error_groups where last_seen_at < ${before} order by last_seen_at, id limit ${BATCH_SIZE})`);
		return rowCount ?? 0;
	},
	messenger_sends: deleteOldest(
		'messenger_sends',
		(before) => sql`created_at < ${before} and status <> 'pending'`,
	),
	push_messages: deleteOldest(
		'push_messages',
		(before) => sql`created_at < ${before} and status <> 'pending'`,
	),
	judge_calls: deleteOldest(
		'judge_calls',
		(before) => sql`created_at < ${before} and status <> 'pending'`,
	),
	alerts: deleteOldest('alerts', (before) => sql`created_at < ${before}`),
	test_chats: deleteTestChats,
	suite_runs: deleteOldest(
		'suite_runs',
		(before) => sql`created_at < ${before} and finished_at is not null`,
	),
	deleted_sessions: async ({ db }, before) => {
		// Uses the index deleted_sessions_old.
		const { rowCount } = await db.execute(sql`delete from deleted_sessions where id_hash in (
			select id_hash from deleted_sessions where deleted_at < ${before} order by deleted_at limit ${BATCH_SIZE})`);
		return rowCount ?? 0;
	},
	retired_connectors: async ({ db }, before) => {
		// Uses the index retired_connectors_old.
		const { rowCount } = await db.execute(sql`delete from retired_connectors where id in (
			select id from retired_connectors where retired_at < ${before} order by retired_at limit ${BATCH_SIZE})`);
		return rowCount ?? 0;
	},
	audit_entries: deleteOldest('audit_entries', (before) => sql`created_at < ${before}`),
};

/**
 * Deletes data that has outlived its retention period, in small batches; returns the number of rows by kind. Chats have a
 * retention of their own, set by their site. Checks no permission.
 */
export async function deleteExpired(ctx: Ctx, signal?: AbortSignal): Promise<Deleted> {
	const deleted: Deleted = {};
	for (const kind of Object.keys(RETENTION_DAYS) as Expiring[]) {
		while (!signal?.aborted) {
			const count = await inTransaction(ctx, (tx) => deleteBatch(tx, kind));
			if (count > 0) deleted[kind] = (deleted[kind] ?? 0) + count;
			if (count < BATCH_SIZE) break;
		}
	}
	const traces = await deleteOldTraces(ctx, signal);
	if (traces > 0) deleted.ai_traces = traces;
	if (Object.keys(deleted).length > 0) ctx.app.log.info({ deleted }, 'deleted expired rows');
	return deleted;
}

/** Deletes the traces that their site no longer keeps. Uses the index ai_traces_expiry. */
async function deleteOldTraces(ctx: Ctx, signal?: AbortSignal): Promise<number> {
	let total = 0;
	while (!signal?.aborted) {
		const now = sql`${ctx.app.clock().toISOString()}::timestamptz`;
		const { rowCount } = await ctx.db.execute(sql`
			delete from ai_traces where turn_id in (
				select old.turn_id from sites s cross join lateral (
					select t.turn_id from ai_traces t
					where t.site_id = s.id and t.created_at < ${now} - make_interval(days => s.trace_days)
					order by t.created_at limit ${BATCH_SIZE}
				) old limit ${BATCH_SIZE})`);
		total += rowCount ?? 0;
		if ((rowCount ?? 0) < BATCH_SIZE) break;
	}
	return total;
}

/** Deletes nothing while another process holds the lock. */
async function deleteBatch(tx: Ctx, kind: Expiring): Promise<number> {
	const { rows } = await tx.db.execute(
		sql`select pg_try_advisory_xact_lock(${HOUSEKEEPING_LOCK}) as is_locked`,
	);
	if (!z.array(z.object({ is_locked: z.boolean() })).parse(rows)[0]?.is_locked) return 0;
	const before = new Date(tx.app.clock().getTime() - RETENTION_DAYS[kind] * 86_400_000);
	return STEPS[kind](tx, sql`${before.toISOString()}::timestamptz`);
}

const idRows = z.array(z.object({ id: z.coerce.number() }));

/** Keeps the rows, which statistics count and which prevent a second delivery. Uses the index deliveries_old. */
async function clearBodies(tx: Ctx, before: SQL): Promise<number> {
	const { rows } = await tx.db.execute(sql`
		update deliveries set body = '' where id in (
			select id from deliveries where body <> '' and status <> 'pending' and created_at < ${before}
			order by created_at, id limit ${BATCH_SIZE} for update skip locked
		) returning id`);
	const cleared = idRows.parse(rows).map(({ id }) => id);
	await tx.db.execute(
		sql`delete from delivery_attempts where delivery_id = any(${sql.param(cleared)}::bigint[])`,
	);
	return cleared.length;
}

/** Uses the index chat_sessions_channel_list. */
async function deleteTestChats(tx: Ctx, before: SQL): Promise<number> {
	const { rows } = await tx.db.execute(sql`
		select id from chat_sessions where channel = 'test' and last_activity_at < ${before}
		order by last_activity_at, id limit ${BATCH_SIZE} for update skip locked`);
	const removed = await removeSessions(
		tx,
		idRows.parse(rows).map(({ id }) => id),
	);
	return removed.length;
}
