import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { bySessionId, kindOfId } from './present.ts';

/** A chat session that has been looked up: its row id and its public id. A `Session` is one. */
export interface SessionHandle {
	id: number;
	session_id: string;
}
/** A chat session as callers name it: by its public or numeric id, or by a handle, which costs no query. */
export type SessionRef = string | SessionHandle;

/** Returns the handle of a chat session; throws NotFound. For use inside the server: checks no right. */
export async function resolveHandle(ctx: Ctx, ref: SessionRef): Promise<SessionHandle> {
	if (typeof ref !== 'string') return ref;
	const { id, public_id } = await resolveSession(ctx, ref);
	return { id, session_id: public_id };
}

export type SessionRow = typeof chat_sessions.$inferSelect;

/** The row behind a public or numeric id, locked if asked; throws NotFound. For use inside the server: checks no right. */
export async function resolveSession(
	ctx: Ctx,
	id: string,
	lock?: 'key share' | 'no key update' | 'update',
): Promise<SessionRow> {
	const query = ctx.db.select().from(chat_sessions).where(bySessionId(id)).limit(1);
	const [row] = await (lock ? query.for(lock) : query)
		.prepare(`resolve_${kindOfId(id)}_${lock ?? 'unlocked'}`)
		.execute();
	if (!row) throw notFound(`chat session ${id.slice(0, 60)}`);
	return row;
}
