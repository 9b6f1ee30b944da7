import { desc, eq } from 'drizzle-orm';
import type { MessengerState } from '#lib/contract/messenger.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messenger_pages, sites } from '#lib/server/core/db/schema/index.ts';
import { fingerprint } from './internal.ts';

const MOST_PAGES = 100;

/** Whether the channel is on, where Facebook finds it, and how its pages fare; admins only. */
export async function getMessengerState(ctx: Ctx): Promise<MessengerState> {
	requireAdmin(ctx);
	const { messenger, publicUrl, guessable } = ctx.app.config;
	const token = messenger && fingerprint(messenger.pageToken);
	const rows = await ctx.db
		.select({ page: messenger_pages, site: sites.key })
		.from(messenger_pages)
		.leftJoin(sites, eq(sites.id, messenger_pages.site_id))
		.orderBy(desc(messenger_pages.created_at))
		.limit(MOST_PAGES);
	return {
		is_on: messenger !== undefined,
		is_token_short: messenger !== undefined && guessable.includes('MESSENGER_VERIFY_TOKEN'),
		webhook_url: `${publicUrl}/api/messenger/webhook`,
		pages: rows.map(({ page, site }) => ({
			page_id: page.page_id,
			name: page.name,
			site: site ?? 'default',
			last_event_at: page.last_event_at?.toISOString() ?? null,
			needs_reconnect: token !== undefined && page.refused_token === token,
			last_error: page.last_error,
			last_error_at: page.last_error_at?.toISOString() ?? null,
		})),
	};
}
