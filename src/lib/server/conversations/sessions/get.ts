import type { Session } from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import { byId, bySessionId, findPresented, kindOfId } from './present.ts';

/** Returns a chat session by its public or numeric id. Throws `not_found`. */
export async function getSession(ctx: Ctx, id: string): Promise<Session> {
	requireVisitorOrTeam(ctx, id, 'sessions:read');
	const session = await findPresented(ctx.db, kindOfId(id), bySessionId(id));
	if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
	return session;
}

/** Returns a chat session by its public or numeric id, or undefined. Checks no permission. */
export const findSession = (ctx: Ctx, id: string | number): Promise<Session | undefined> =>
	typeof id === 'number'
		? findPresented(ctx.db, 'id', byId(id))
		: findPresented(ctx.db, kindOfId(id), bySessionId(id));

/** The row id and the public id of a chat session that was looked up before, such as a `Session`. */
export interface SessionHandle {
	id: number;
	session_id: string;
}
/** Identifies a chat session by its public or numeric id, or by a handle, which costs no query. */
export type SessionRef = string | SessionHandle;

/** Returns the handle of a chat session. Throws `not_found`. Checks no permission. */
export async function resolveHandle(ctx: Ctx, ref: SessionRef): Promise<SessionHandle> {
	if (typeof ref !== 'string') return ref;
	const { id, public_id } = await resolveSession(ctx, ref);
	return { id, session_id: public_id };
}

export type SessionRow = typeof chat_sessions.$inferSelect;

/** Returns a chat session's row by its public or numeric id, optionally locked. Throws `not_found`. Checks no permission. */
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
