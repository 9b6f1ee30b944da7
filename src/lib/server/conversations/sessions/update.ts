import { eq } from 'drizzle-orm';
import type { CompletionStatus } from '#lib/contract/common.ts';
import { sessionPatch, type Session, type SessionPatch } from '#lib/contract/session.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError, conflict, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { completeSession } from './complete.ts';
import { findSession, resolveSession, type SessionRow } from './get.ts';

/**
 * Changes the archive status, the completion status or the assignee. Throws `not_found`, `conflict` when the chat session is
 * complete and would be reopened, and `invalid` for an unknown assignee.
 */
export async function updateSession(ctx: Ctx, id: string, input: SessionPatch): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const patch = parse(sessionPatch, input);
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		if (patch.completion_status) await changeCompletion(tx, row, patch.completion_status);
		if (patch.archive_status) await changeArchive(tx, row, patch.archive_status);
		if (patch.assignee !== undefined) await changeAssignee(tx, row, patch.assignee);
		const session = await findSession(tx, row.id);
		if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
		await record(tx, 'session.updated', { session });
		return session;
	});
}

async function changeCompletion(ctx: Ctx, row: SessionRow, status: CompletionStatus) {
	if (status === row.completion_status) return;
	if (status === 'complete') {
		const source = ctx.actor.type === 'user' ? 'agent' : 'api';
		await completeSession(ctx, { chat_session_id: row.id, source });
		await audit(ctx, { action: 'session.completed', chat_session_id: row.id });
		return;
	}
	if (row.completion_status === 'complete') {
		throw conflict('the chat session is complete: undo its completion instead');
	}
	await updateRow(ctx, row, { completion_status: status });
}

async function changeArchive(ctx: Ctx, row: SessionRow, status: SessionRow['archive_status']) {
	if (status === row.archive_status) return;
	const isArchived = status === 'archived';
	await updateRow(ctx, row, {
		archive_status: status,
		archived_at: isArchived ? ctx.app.clock() : null,
	});
	const action = isArchived ? 'session.archived' : 'session.restored';
	await audit(ctx, { action, chat_session_id: row.id });
}

async function changeAssignee(ctx: Ctx, row: SessionRow, assignee_id: number | null) {
	const name = assignee_id === null ? null : await nameOfActiveUser(ctx, assignee_id);
	if (assignee_id === row.assignee_id) return;
	await updateRow(ctx, row, { assignee_id });
	const detail = { assignee: name };
	await audit(ctx, { action: 'session.assigned', chat_session_id: row.id, detail });
}

const updateRow = (ctx: Ctx, { id }: SessionRow, changes: Partial<SessionRow>) =>
	ctx.db.update(chat_sessions).set(changes).where(eq(chat_sessions.id, id));

async function nameOfActiveUser(ctx: Ctx, id: number): Promise<string> {
	const [user] = await ctx.db
		.select({ name: users.name, is_active: users.is_active })
		.from(users)
		.where(eq(users.id, id));
	if (user?.is_active) return user.name;
	throw new AppError('invalid', 'assignee: no such active user', {
		errors: [{ path: 'assignee', message: 'no such active user' }],
	});
}
