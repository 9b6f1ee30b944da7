import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { getLead } from './get.ts';

const BATCH = 100;

const swept = z.array(z.object({ session_id: z.string(), is_overdue: z.boolean() }));

/**
 * Tells of each lead that nobody was in touch with in time, once; notes the contact where one was overlooked. Looks only
 * at promises that have come due, so that several processes may sweep at once. For use inside the server.
 */
export async function sweepPromises(ctx: Ctx): Promise<number> {
	let overdue = 0;
	for (;;) {
		const rows = await sweepBatch(ctx);
		overdue += rows.filter(({ is_overdue }) => is_overdue).length;
		if (rows.length < BATCH) return overdue;
	}
}

/** Takes what leads_promise_watch holds. */
function sweepBatch(ctx: Ctx) {
	const now = ctx.app.clock().toISOString();
	return inTransaction(ctx, async (tx) => {
		const { rows } = await tx.db.execute(sql`
			with due as (
				select id, chat_session_id from leads
				where promise_due_at is not null and first_contact_at is null and overdue_at is null
					and promise_due_at <= ${now}::timestamptz
				order by promise_due_at limit ${BATCH} for update skip locked
			), found as (
				select due.id, s.public_id, contact.created_at as contact_at, contact.name
				from due join chat_sessions s on s.id = due.chat_session_id
				left join lateral (
					select m.created_at, u.name from messages m left join users u on u.id = m.user_id
					where m.chat_session_id = s.id and m.sender = 'agent' and m.created_at >= s.completed_at
					order by m.id limit 1
				) contact on true
			)
			update leads l set first_contact_at = found.contact_at, first_contact_by = found.name,
				overdue_at = case when found.contact_at is null then ${now}::timestamptz end
			from found where l.id = found.id
			returning found.public_id as session_id, l.overdue_at is not null as is_overdue`);
		const known = swept.parse(rows);
		for (const { session_id, is_overdue } of known) {
			const lead = await getLead(tx, session_id);
			await record(tx, is_overdue ? 'lead.overdue' : 'lead.updated', { session_id, lead });
		}
		return known;
	});
}
