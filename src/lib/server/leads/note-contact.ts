import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Ctx } from '../core/context.ts';
import { chat_sessions, leads } from '../core/db/schema/index.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { presentLead } from './internal.ts';

/**
 * Notes that a person wrote to the visitor: the first to do so after the completion has kept the promise. Running it
 * again changes nothing. For use inside the server: checks no right.
 */
export async function noteContact(
	ctx: Ctx,
	{ session_id, by, at }: { session_id: string; by: string | null; at: Date },
): Promise<void> {
	await inTransaction(ctx, async (tx) => {
		const completedChat = sql`(select s.id from ${chat_sessions} s
			where s.public_id = ${session_id} and s.completed_at <= ${at.toISOString()}::timestamptz)`;
		const [row] = await tx.db
			.update(leads)
			.set({ first_contact_at: at, first_contact_by: by })
			.where(
				and(
					eq(leads.chat_session_id, completedChat),
					isNotNull(leads.promise_due_at),
					isNull(leads.first_contact_at),
				),
			)
			.returning();
		if (row) await record(tx, 'lead.updated', { session_id, lead: presentLead(row, session_id) });
	});
}
