import { desc, eq } from 'drizzle-orm';
import type { MessengerPage, MessengerState } from '#lib/contract/messenger.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messenger_pages, sites } from '#lib/server/core/db/schema/index.ts';
import { fingerprintOf } from './tokens.ts';

const MAX_PAGES = 100;

/** Returns whether the channel is on, its webhook address, and the state of its pages; admins only. */
export async function getMessengerState(ctx: Ctx): Promise<MessengerState> {
	requireAdmin(ctx);
	const { messenger, publicUrl, guessable } = ctx.app.config;
	const rows = await ctx.db
		.select({ page: messenger_pages, site: sites.key })
		.from(messenger_pages)
		.leftJoin(sites, eq(sites.id, messenger_pages.site_id))
		.orderBy(desc(messenger_pages.created_at))
		.limit(MAX_PAGES);
	return {
		is_on: messenger !== undefined,
		is_token_short: messenger !== undefined && guessable.includes('MESSENGER_VERIFY_TOKEN'),
		has_server_token: messenger?.pageToken !== undefined,
		webhook_url: `${publicUrl}/api/messenger/webhook`,
		pages: rows.map(({ page, site }) => presentPage(ctx, page, site)),
	};
}

/** Returns a page for the settings, without its token. */
export function presentPage(
	{ app }: Ctx,
	page: typeof messenger_pages.$inferSelect,
	site: string | null,
): MessengerPage {
	const { messenger } = app.config;
	const token =
		page.token_fingerprint !== null
			? 'own'
			: messenger?.pageToken !== undefined
				? 'server'
				: 'none';
	const isRefused = messenger !== undefined && page.refused_token === fingerprintOf(app, page);
	return {
		page_id: page.page_id,
		name: page.name,
		site: site ?? 'default',
		last_event_at: page.last_event_at?.toISOString() ?? null,
		token,
		needs_reconnect: messenger !== undefined && (token === 'none' || isRefused),
		last_error: page.last_error,
		last_error_at: page.last_error_at?.toISOString() ?? null,
	};
}
