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
import { findSession } from './find.ts';
import { resolveSession, type SessionRow } from './resolve.ts';

/** Changes archive, completion or assignee; throws NotFound, Conflict for a completion that is final, Invalid. */
export async function updateSession(ctx: Ctx, id: string, input: SessionPatch): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const patch = parse(sessionPatch, input);
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		if (patch.completion_status) await changeCompletion(tx, row, patch.completion_status);
		if (patch.archive_status) await archive(tx, row, patch.archive_status);
		if (patch.assignee !== undefined) await assign(tx, row, patch.assignee);
		const session = await findSession(tx, row.id);
		if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
		await record(tx, 'session.updated', { session });
		return session;
	});
}

async function changeCompletion(ctx: Ctx, row: SessionRow, wanted: CompletionStatus) {
	if (wanted === row.completion_status) return;
	if (wanted === 'complete') {
		const source = ctx.actor.type === 'user' ? 'agent' : 'api';
		await completeSession(ctx, { chat_session_id: row.id, source });
		await audit(ctx, { action: 'session.completed', chat_session_id: row.id });
		return;
	}
	if (row.completion_status === 'complete') {
		throw conflict('the chat session is complete, and complete is final');
	}
	await change(ctx, row, { completion_status: wanted });
}

async function archive(ctx: Ctx, row: SessionRow, wanted: SessionRow['archive_status']) {
	if (wanted === row.archive_status) return;
	const isArchived = wanted === 'archived';
	await change(ctx, row, {
		archive_status: wanted,
		archived_at: isArchived ? ctx.app.clock() : null,
	});
	const action = isArchived ? 'session.archived' : 'session.restored';
	await audit(ctx, { action, chat_session_id: row.id });
}

async function assign(ctx: Ctx, row: SessionRow, assignee_id: number | null) {
	const name = assignee_id === null ? null : await nameOfActive(ctx, assignee_id);
	if (assignee_id === row.assignee_id) return;
	await change(ctx, row, { assignee_id });
	const detail = { assignee: name };
	await audit(ctx, { action: 'session.assigned', chat_session_id: row.id, detail });
}

const change = (ctx: Ctx, { id }: SessionRow, changes: Partial<SessionRow>) =>
	ctx.db.update(chat_sessions).set(changes).where(eq(chat_sessions.id, id));

async function nameOfActive(ctx: Ctx, id: number): Promise<string> {
	const [user] = await ctx.db
		.select({ name: users.name, is_active: users.is_active })
		.from(users)
		.where(eq(users.id, id));
	if (user?.is_active) return user.name;
	throw new AppError('invalid', 'assignee: there is no such user', {
		errors: [{ path: 'assignee', message: 'there is no such user' }],
	});
}
