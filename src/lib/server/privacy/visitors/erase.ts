import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { erased, eraseInput, type Erased, type EraseInput } from '#lib/contract/visitor.ts';
import { removeSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import { freezeContributions } from '#lib/server/statistics/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { findChats } from './find.ts';

/** How many chats one transaction erases. */
export const BATCH_SIZE = 50;

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
	let total = NONE;
	// The named chat goes last, so that a retry can find the others by it.
	const inOrder = ids.toReversed();
	for (let from = 0; from < inOrder.length; from += BATCH_SIZE) {
		const batch = inOrder.slice(from, from + BATCH_SIZE);
		const part = await inTransaction(ctx, async (tx) => {
			const counts = await eraseChats(tx, batch, { isOneVisitor: true });
			if (counts.sessions > 0) await audit(tx, { action: 'visitor.erased', detail: counts });
			return counts;
		});
		total = add(total, part);
	}
	return total;
}

const idRows = z.array(z.object({ id: z.coerce.number() }));

/**
 * Erases chat sessions with all their personal data, including what failures quote of them, and returns the number of
 * erased rows. Statistics keep counting them, see `freezeContributions`. Needs a transaction and a small batch. Checks no permission.
 */
export async function eraseChats(
	tx: Ctx,
	ids: number[],
	options: { isOneVisitor: boolean },
): Promise<Erased> {
	// Locked before the counters and in the order of ids, as everywhere, to avoid deadlocks.
	const { rows } = await tx.db.execute(sql`
		select id from chat_sessions where id = any(${sql.param(ids)}::bigint[]) order by id for update`);
	const found = idRows.parse(rows).map(({ id }) => id);
	const counts = await countRows(tx, found);
	if (found.length === 0) return counts;
	await freezeContributions(tx, found, options);
	await removeSessions(tx, found);
	return counts;
}

async function countRows(tx: Ctx, ids: number[]): Promise<Erased> {
	const rowsOf = (table: string) =>
		sql`(select count(*)::int from ${sql.identifier(table)} where chat_session_id = any(${sql.param(ids)}::bigint[]))`;
	const { rows } = await tx.db
		.execute(sql`select ${ids.length}::int as sessions, ${rowsOf('messages')} as messages,
		${rowsOf('leads')} as leads, ${rowsOf('deliveries')} as deliveries, ${rowsOf('mails')} as mails,
		${rowsOf('automation_errors')} as errors`);
	return erased.parse(rows[0]);
}

/** Adds two counts. */
export const add = (a: Erased, b: Erased): Erased => ({
	sessions: a.sessions + b.sessions,
	messages: a.messages + b.messages,
	leads: a.leads + b.leads,
	deliveries: a.deliveries + b.deliveries,
	mails: a.mails + b.mails,
	errors: a.errors + b.errors,
});

export const NONE: Erased = {
	sessions: 0,
	messages: 0,
	leads: 0,
	deliveries: 0,
	mails: 0,
	errors: 0,
};
