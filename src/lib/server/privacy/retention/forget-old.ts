import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { removeSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import { KEPT_DAYS, type Kept } from './periods.ts';

const BATCH = 500;
/** Any fixed number: of all processes one tidies up at a time. */
const HOUSEKEEPING_LOCK = 7_204_552;

type Step = (tx: Ctx, before: SQL) => Promise<number>;

/** Deletes the oldest rows of a table that only grows, found by its primary key: its ids are in the order of time. */
const oldestOf =
	(table: string, isOver: (before: SQL) => SQL): Step =>
	async (tx, before) => {
		const name = sql.identifier(table);
		const { rowCount } = await tx.db.execute(sql`
			delete from ${name} where id in (
				select id from (select * from ${name} order by id limit ${BATCH}) oldest where ${isOver(before)})`);
		return rowCount ?? 0;
	};

const STEPS: Record<Kept, Step> = {
	user_tokens: async ({ db }, before) => {
		const { rowCount } = await db.execute(sql`delete from user_tokens where token_hash in (
			select token_hash from user_tokens where expires_at < ${before} limit ${BATCH})`);
		return rowCount ?? 0;
	},
	rate_limits: async ({ db }, before) => {
		const { rowCount } = await db.execute(sql`delete from rate_limits where key in (
			select key from rate_limits where expire < extract(epoch from ${before}) * 1000 limit ${BATCH})`);
		return rowCount ?? 0;
	},
	invitations: oldestOf('invitations', (before) => sql`expires_at < ${before}`),
	mails: oldestOf('mails', (before) => sql`created_at < ${before} and status <> 'pending'`),
	delivery_bodies: forgetBodies,
	automation_errors: oldestOf('automation_errors', (before) => sql`created_at < ${before}`),
	error_groups: async ({ db }, before) => {
		// Read by error_groups_list.
		const { rowCount } = await db.execute(sql`delete from error_groups where id in (
			select id from error_groups where last_seen_at < ${before} order by last_seen_at, id limit ${BATCH})`);
		return rowCount ?? 0;
	},
	messenger_sends: oldestOf(
		'messenger_sends',
		(before) => sql`created_at < ${before} and status <> 'pending'`,
	),
	test_chats: forgetTestChats,
	audit_entries: oldestOf('audit_entries', (before) => sql`created_at < ${before}`),
};

/**
 * Forgets what is kept for a time only, in small batches, one process at a time; gives how much of what. Never what a
 * figure or a screen still stands on: chats have a retention of their own.
 */
export async function forgetOld(
	ctx: Ctx,
	signal?: AbortSignal,
): Promise<Partial<Record<Kept, number>>> {
	const forgotten: Partial<Record<Kept, number>> = {};
	for (const kept of Object.keys(KEPT_DAYS) as Kept[]) {
		while (!signal?.aborted) {
			const count = await inTransaction(ctx, (tx) => forgetBatch(tx, kept));
			if (count > 0) forgotten[kept] = (forgotten[kept] ?? 0) + count;
			if (count < BATCH) break;
		}
	}
	if (Object.keys(forgotten).length > 0) ctx.app.log.info({ forgotten }, 'old rows were forgotten');
	return forgotten;
}

/** Nothing while another process is at it. */
async function forgetBatch(tx: Ctx, kept: Kept): Promise<number> {
	const { rows } = await tx.db.execute(
		sql`select pg_try_advisory_xact_lock(${HOUSEKEEPING_LOCK}) as is_taken`,
	);
	if (!z.array(z.object({ is_taken: z.boolean() })).parse(rows)[0]?.is_taken) return 0;
	const before = new Date(tx.app.clock().getTime() - KEPT_DAYS[kept] * 86_400_000);
	return STEPS[kept](tx, sql`${before.toISOString()}::timestamptz`);
}

const ids = z.array(z.object({ id: z.coerce.number() }));

/** The rows stay: that a lead was delivered is counted, and told to nobody twice. Read by deliveries_old. */
async function forgetBodies(tx: Ctx, before: SQL): Promise<number> {
	const { rows } = await tx.db.execute(sql`
		update deliveries set body = '' where id in (
			select id from deliveries where body <> '' and status <> 'pending' and created_at < ${before}
			order by created_at, id limit ${BATCH} for update skip locked
		) returning id`);
	const done = ids.parse(rows).map(({ id }) => id);
	await tx.db.execute(
		sql`delete from delivery_attempts where delivery_id = any(${sql.param(done)}::bigint[])`,
	);
	return done.length;
}

/** Read by chat_sessions_channel_list. */
async function forgetTestChats(tx: Ctx, before: SQL): Promise<number> {
	const { rows } = await tx.db.execute(sql`
		select id from chat_sessions where channel = 'test' and last_activity_at < ${before}
		order by last_activity_at, id limit ${BATCH} for update skip locked`);
	const removed = await removeSessions(
		tx,
		ids.parse(rows).map(({ id }) => id),
	);
	return removed.length;
}
