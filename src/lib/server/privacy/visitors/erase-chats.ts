import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { erased, type Erased } from '#lib/contract/visitor.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { removeSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import { freezeContributions } from '#lib/server/statistics/unchecked.ts';

const locked = z.array(z.object({ id: z.coerce.number() }));

/**
 * Erases chat sessions with everything personal that hangs on them, also what their failures said; what they count for in
 * the statistics stays. For use inside a transaction, a few at a time: checks no right.
 */
export async function eraseChats(tx: Ctx, ids: number[]): Promise<Erased> {
	// Before the counters' lock, and in the order of their ids, as everywhere: nobody waits in a circle.
	const { rows } = await tx.db.execute(sql`
		select id from chat_sessions where id = any(${sql.param(ids)}::bigint[]) order by id for update`);
	const found = locked.parse(rows).map(({ id }) => id);
	const counts = await count(tx, found);
	if (found.length === 0) return counts;
	await freezeContributions(tx, found);
	await removeSessions(tx, found);
	return counts;
}

async function count(tx: Ctx, ids: number[]): Promise<Erased> {
	const of = (table: string) =>
		sql`(select count(*)::int from ${sql.identifier(table)} where chat_session_id = any(${sql.param(ids)}::bigint[]))`;
	const { rows } = await tx.db
		.execute(sql`select ${ids.length}::int as sessions, ${of('messages')} as messages,
		${of('leads')} as leads, ${of('deliveries')} as deliveries, ${of('mails')} as mails,
		${of('automation_errors')} as errors`);
	return erased.parse(rows[0]);
}

/** Both together. */
export const sum = (a: Erased, b: Erased): Erased => ({
	sessions: a.sessions + b.sessions,
	messages: a.messages + b.messages,
	leads: a.leads + b.leads,
	deliveries: a.deliveries + b.deliveries,
	mails: a.mails + b.mails,
	errors: a.errors + b.errors,
});

export const NOTHING: Erased = {
	sessions: 0,
	messages: 0,
	leads: 0,
	deliveries: 0,
	mails: 0,
	errors: 0,
};
