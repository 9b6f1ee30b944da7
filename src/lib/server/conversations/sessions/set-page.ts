import { eq, sql } from 'drizzle-orm';
import { visitorPage, type VisitorPage } from '#lib/contract/visitor-context.ts';
import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';

/** Beyond this number, the oldest page is dropped. */
const MAX_PAGES = 50;

/** Adds the visitor's current page to those they saw, unless it is the latest one already. */
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
				when jsonb_array_length(${pages}) >= ${MAX_PAGES}::int then (${pages} - 0) || ${seen}::jsonb
				else ${pages} || ${seen}::jsonb end`,
		})
		.where(eq(chat_sessions.public_id, sessionId));
}
