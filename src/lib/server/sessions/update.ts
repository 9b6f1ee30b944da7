import { eq } from 'drizzle-orm';
import type { CompletionStatus } from '$lib/contract/common';
import { sessionPatch, type Session, type SessionPatch } from '$lib/contract/session';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { chat_sessions, users } from '../db/schema';
import { inTransaction, record } from '../db/transaction';
import { AppError, conflict, notFound } from '../errors';
import { parse } from '../parse';
import { completeSession } from './complete';
import { findSession } from './find';
import { bySessionId } from './present';

/** Changes archive, completion or assignee; throws NotFound, Conflict for a completion that is final, Invalid. */
export async function updateSession(ctx: Ctx, id: string, input: SessionPatch): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const patch = parse(sessionPatch, input);
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.select({ id: chat_sessions.id, completion_status: chat_sessions.completion_status })
			.from(chat_sessions)
			.where(bySessionId(id))
			.for('update');
		if (!row) throw notFound(`chat session ${id.slice(0, 60)}`);
		if (patch.assignee) await requireActiveUser(tx, patch.assignee);
		if (patch.completion_status) await changeCompletion(tx, row, patch.completion_status);
		const changes = {
			...(patch.archive_status && {
				archive_status: patch.archive_status,
				archived_at: patch.archive_status === 'archived' ? ctx.app.clock() : null,
			}),
			...(patch.assignee !== undefined && { assignee_id: patch.assignee }),
		};
		if (Object.keys(changes).length > 0) {
			await tx.db.update(chat_sessions).set(changes).where(eq(chat_sessions.id, row.id));
		}
		const session = await findSession(tx, row.id);
		if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
		await record(tx, 'session.updated', { session });
		return session;
	});
}

async function changeCompletion(
	ctx: Ctx,
	row: { id: number; completion_status: CompletionStatus },
	wanted: CompletionStatus,
): Promise<void> {
	if (wanted === row.completion_status) return;
	if (wanted === 'complete') {
		const source = ctx.actor.type === 'user' ? 'agent' : 'api';
		await completeSession(ctx, { chat_session_id: row.id, source });
		return;
	}
	if (row.completion_status === 'complete') {
		throw conflict('the chat session is complete, and complete is final');
	}
	await ctx.db
		.update(chat_sessions)
		.set({ completion_status: wanted })
		.where(eq(chat_sessions.id, row.id));
}

async function requireActiveUser(ctx: Ctx, id: number): Promise<void> {
	const [user] = await ctx.db
		.select({ is_active: users.is_active })
		.from(users)
		.where(eq(users.id, id));
	if (user?.is_active) return;
	throw new AppError('invalid', 'assignee: there is no such user', {
		errors: [{ path: 'assignee', message: 'there is no such user' }],
	});
}
