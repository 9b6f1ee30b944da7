import type { Session } from '#lib/contract/session.ts';
import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { bySessionId, findPresented, kindOfId } from './present.ts';

/** One chat session by its public or numeric id; throws NotFound. */
export async function getSession(ctx: Ctx, id: string): Promise<Session> {
	requireVisitorOrTeam(ctx, id, 'sessions:read');
	const session = await findPresented(ctx.db, kindOfId(id), bySessionId(id));
	if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
	return session;
}
