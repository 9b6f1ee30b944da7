import { eq } from 'drizzle-orm';
import {
	type Session,
	undoCompletionInput,
	type UndoCompletionInput,
} from '#lib/contract/session.ts';
import { audit } from '../team/audit/unchecked.ts';
import type { Ctx } from '../core/context.ts';
import { chat_sessions, leads } from '../core/db/schema/index.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { conflict, notFound } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { requireTeam } from '../core/permissions.ts';
import {
	findSession,
	resolveSession,
	type SessionRow,
} from '../conversations/sessions/unchecked.ts';
import { presentLead } from './get.ts';

/**
 * Undoes the completion of a chat session for the given reason. Sets it back to in progress, removes its lead's follow-up
 * deadline, and sends `lead.withdrawn` to endpoints that got the completion. Throws `not_found`, and `conflict` if it is not
 * complete.
 */
export async function undoCompletion(
	ctx: Ctx,
	id: string,
	input: UndoCompletionInput,
): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const { reason } = parse(undoCompletionInput, input);
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		if (row.completion_status !== 'complete') throw conflict('the chat session is not complete');
		await reopen(tx, row);
		const { public_id: session_id } = row;
		const [found] = await tx.db
			.update(leads)
			.set({ promise_due_at: null, overdue_at: null })
			.where(eq(leads.chat_session_id, row.id))
			.returning();
		const lead = found ? presentLead(found, session_id) : null;
		const session = await findSession(tx, row.id);
		if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
		const entry = { action: 'lead.withdrawn' as const, chat_session_id: row.id };
		await audit(tx, { ...entry, detail: { reason } });
		await record(tx, 'lead.withdrawn', { session, lead, reason });
		if (lead) await record(tx, 'lead.updated', { session_id, lead });
		await record(tx, 'session.updated', { session });
		return session;
	});
}

async function reopen(tx: Ctx, row: SessionRow): Promise<void> {
	const isQueued = row.qa_status === 'unchecked' && row.review_queued_because === 'complete';
	await tx.db
		.update(chat_sessions)
		.set({
			completion_status: 'in_progress',
			completion_source: null,
			completed_at: null,
			completion_undone_at: tx.app.clock(),
			completions_undone: row.completions_undone + 1,
			...(isQueued && { review_queued_at: null, review_queued_because: null }),
		})
		.where(eq(chat_sessions.id, row.id));
}
