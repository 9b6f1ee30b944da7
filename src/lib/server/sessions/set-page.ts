import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { cleanString } from '$lib/contract/text';
import { requireVisitorOrTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { chat_sessions } from '../db/schema';
import { parse } from '../parse';

const page = z.object({ page_url: cleanString(2000), page_title: cleanString(300).optional() });

/** Remembers the page that the visitor is on now. */
export async function setPage(
	ctx: Ctx,
	sessionId: string,
	input: { page_url: string; page_title?: string },
): Promise<void> {
	requireVisitorOrTeam(ctx, sessionId, 'sessions:write');
	const changed = JSON.stringify(parse(page, input));
	await ctx.db
		.update(chat_sessions)
		.set({ context: sql`${chat_sessions.context} || ${changed}::jsonb` })
		.where(eq(chat_sessions.public_id, sessionId));
}
