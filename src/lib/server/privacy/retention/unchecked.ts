import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { removeSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { tryAdvisoryLock } from '#lib/server/core/db/advisory-lock.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';

// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.

/** The retention period of each kind of data, in days from creation unless noted; see docs/architecture.md. */
export const RETENTION_DAYS = {
	/** From expiry. */
	user_tokens: 1,
	/** From expiry. */
	rate_limits: 1,
	/** From expiry. */
	invitations: 90,
	mails: 90,
	/** Request and response bodies; the deliveries themselves are kept. */
	delivery_bodies: 90,
	automation_errors: 90,
	/** From the latest occurrence. */
	error_groups: 365,
	messenger_sends: 30,
	push_messages: 30,
	judge_calls: 30,
	alerts: 90,
	/** From the last activity. */
	test_chats: 30,
	suite_runs: 365,
	/** From deletion of the chats. Their hashed ids prevent late imports from recreating them. */
	deleted_sessions: 90,
	/** From replacement by another connector. */
	retired_connectors: 90,
	audit_entries: 730,
} as const;
type ExpiringKind = keyof typeof RETENTION_DAYS;

/** The numbers of deleted rows by kind. The retention of traces is set by each site. */
type DeletedCounts = Partial<Record<ExpiringKind | 'ai_traces', number>>;

const BATCH_SIZE = 500;
/** The arbitrary key of the advisory lock that lets only one process delete at a time. */
const HOUSEKEEPING_LOCK_KEY = 7_204_552;

type DeleteStep = (tx: Ctx, before: SQL) => Promise<number>;

/** Creates a step that deletes expired rows from the start of an append-only table, whose ids are in chronological order. */
const createDeleteOldest =
	(table: string, isExpired: (before: SQL) => SQL): DeleteStep =>
	async (tx, before) => {
		const name = sql.identifier(table);
		const { rowCount } = await tx.db.execute(sql`
			delete from ${name} where id in (
				select id from (select * from ${name} order by id limit ${BATCH_SIZE}) oldest where ${isExpired(before)})`);
		return rowCount ?? 0;
	};

const STEPS: Record<ExpiringKind, DeleteStep> = {
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
	invitations: createDeleteOldest('invitations', (before) => sql`expires_at < ${before}`),
	mails: createDeleteOldest(
		'mails',
		(before) => sql`created_at < ${before} and status <> 'pending'`,
	),
	delivery_bodies: clearBodies,
	automation_errors: createDeleteOldest(
		'automation_errors',
		(before) => sql`created_at < ${before}`,
	),
	error_groups: async ({ db }, before) => {
		// Uses the index error_groups_list.
		const { rowCount } = await db.execute(sql`delete from error_groups where id in (
			select id from error_groups where last_seen_at < ${before} order by last_seen_at, id limit ${BATCH_SIZE})`);
		return rowCount ?? 0;
	},
	messenger_sends: createDeleteOldest(
		'messenger_sends',
		(before) => sql`created_at < ${before} and status <> 'pending'`,
	),
	push_messages: createDeleteOldest(
		'push_messages',
		(before) => sql`created_at < ${before} and status <> 'pending'`,
	),
	judge_calls: createDeleteOldest(
		'judge_calls',
		(before) => sql`created_at < ${before} and status <> 'pending'`,
	),
	alerts: createDeleteOldest('alerts', (before) => sql`created_at < ${before}`),
	test_chats: deleteTestChats,
	suite_runs: createDeleteOldest(
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
	audit_entries: createDeleteOldest('audit_entries', (before) => sql`created_at < ${before}`),
};

/**
 * Deletes data past its retention period, in small batches. Returns the number of rows by kind. The retention of chats is
 * set by their site. Doesn't check permissions.
 */
export async function deleteExpired(ctx: Ctx, signal?: AbortSignal): Promise<DeletedCounts> {
	const deleted: DeletedCounts = {};
	for (const kind of Object.keys(RETENTION_DAYS) as ExpiringKind[]) {
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

/** Deletes traces past their site's retention period. Uses the index ai_traces_expiry. */
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

/** Deletes one batch. Does nothing while another process holds the lock. */
async function deleteBatch(tx: Ctx, kind: ExpiringKind): Promise<number> {
	if (!(await tryAdvisoryLock(tx, HOUSEKEEPING_LOCK_KEY))) return 0;
	const before = new Date(tx.app.clock().getTime() - RETENTION_DAYS[kind] * 86_400_000);
	return STEPS[kind](tx, sql`${before.toISOString()}::timestamptz`);
}

const idRowsSchema = z.array(z.object({ id: z.coerce.number() }));

/** Clears the bodies of old deliveries. Keeps the rows, which count in statistics and prevent duplicates. Uses the index deliveries_old. */
async function clearBodies(tx: Ctx, before: SQL): Promise<number> {
	const { rows } = await tx.db.execute(sql`
		update deliveries set body = '' where id in (
			select id from deliveries where body <> '' and status <> 'pending' and created_at < ${before}
			order by created_at, id limit ${BATCH_SIZE} for update skip locked
		) returning id`);
	const cleared = idRowsSchema.parse(rows).map(({ id }) => id);
	await tx.db.execute(
		sql`delete from delivery_attempts where delivery_id = any(${sql.param(cleared)}::bigint[])`,
	);
	return cleared.length;
}

/** Deletes old test chats. Uses the index chat_sessions_channel_list. */
async function deleteTestChats(tx: Ctx, before: SQL): Promise<number> {
	const { rows } = await tx.db.execute(sql`
		select id from chat_sessions where channel = 'test' and last_activity_at < ${before}
		order by last_activity_at, id limit ${BATCH_SIZE} for update skip locked`);
	const removed = await removeSessions(
		tx,
		idRowsSchema.parse(rows).map(({ id }) => id),
	);
	return removed.length;
}
