import { desc, inArray } from 'drizzle-orm';
import { visitorInput, type VisitorChats, type VisitorInput } from '#lib/contract/visitor.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { presentSession, selectSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import { findChats } from './internal.ts';

const SHOWN = 100;

/** The chat sessions that are known as one visitor's, newest first, at most 100, and how many there are; throws Invalid. */
export async function findVisitor(ctx: Ctx, input: VisitorInput): Promise<VisitorChats> {
	requireTeam(ctx, 'sessions:read');
	const ids = await findChats(ctx, parse(visitorInput, input));
	const rows = await selectSessions(ctx.db)
		.where(inArray(chat_sessions.id, ids.slice(0, SHOWN)))
		.orderBy(desc(chat_sessions.id));
	return { count: ids.length, items: rows.map(presentSession) };
}
