import { eq, sql } from 'drizzle-orm';
import { visitorPage, type VisitorPage } from '#lib/contract/visitor-context.ts';
import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';

/** The oldest pages make room beyond this. */
const MOST_PAGES = 50;

/** Remembers the page that the visitor is on now, after those where they were before. */
export async function setPage(ctx: Ctx, sessionId: string, input: VisitorPage): Promise<void> {
	requireVisitorOrTeam(ctx, sessionId, 'sessions:write');
	const page = parse(visitorPage, input);
	const seen = JSON.stringify({ ...page, at: ctx.app.clock().toISOString() });
	const { context, pages } = chat_sessions;
	await ctx.db
		.update(chat_sessions)
		.set({
			context: sql`${context} || ${JSON.stringify(page)}::jsonb`,
			pages: sql`case
				when ${pages} -> -1 ->> 'page_url' = ${page.page_url} then ${pages}
				when jsonb_array_length(${pages}) >= ${MOST_PAGES}::int then (${pages} - 0) || ${seen}::jsonb
				else ${pages} || ${seen}::jsonb end`,
		})
		.where(eq(chat_sessions.public_id, sessionId));
}
