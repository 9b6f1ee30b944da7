import { desc, eq, ne, sql } from 'drizzle-orm';
import type { FirstSteps } from '#lib/contract/overview.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, sites, users } from '#lib/server/core/db/schema/index.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';

/** The number of latest chat sessions whose pages are checked; a fresh installation has fewer. */
const RECENT_CHATS = 200;

/** Returns the completed setup steps, derived from chats, connectors and users. */
export async function getFirstSteps(ctx: Ctx): Promise<FirstSteps> {
	requireTeam(ctx, 'sessions:read');
	const [pages, connectedSites, people] = await Promise.all([
		listVisitedPages(ctx),
		ctx.db
			.select({ id: sites.id })
			.from(sites)
			.where(sql`${sites.connector} ->> 'type' <> 'scripted'`)
			.limit(1),
		ctx.db.select({ id: users.id }).from(users).where(eq(users.is_active, true)).limit(2),
	]);
	const ownHost = new URL(ctx.app.config.publicUrl).host;
	const isDemo = (url: URL) => url.host === ownHost && /^\/demo\b/.test(url.pathname);
	const is_embedded = pages.some((url) => url.host !== ownHost);
	return {
		has_tried_demo: is_embedded || pages.some(isDemo),
		is_embedded,
		has_workflow: connectedSites.length > 0,
		has_team: people.length > 1,
	};
}

/** Returns the pages on which the latest chats started. */
async function listVisitedPages(ctx: Ctx): Promise<URL[]> {
	const newest = ctx.db
		.select({ context: chat_sessions.context })
		.from(chat_sessions)
		.where(ne(chat_sessions.channel, 'test'))
		.orderBy(desc(chat_sessions.id))
		.limit(RECENT_CHATS)
		.as('newest');
	const rows = await ctx.db
		.selectDistinct({ url: sql<string | null>`${newest.context} ->> 'page_url'` })
		.from(newest);
	return rows.flatMap(({ url }) => (url === null ? [] : (URL.parse(url) ?? [])));
}
