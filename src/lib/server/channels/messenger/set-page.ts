import { desc, eq } from 'drizzle-orm';
import {
	type MessengerPage,
	type MessengerState,
	type PageTokenInput,
	pageTokenInput,
} from '#lib/contract/messenger.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messenger_pages, sites } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import { getOpenSite } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { auditPage, fetchTokenPage, toTokenConflict } from './check-page-token.ts';
import { fingerprintToken, getFingerprint, GraphError, requireMessenger } from './graph.ts';

/**
 * Sets or replaces a page's own token, after Facebook confirms which page it belongs to, and releases the page's waiting
 * replies. The token is sealed and never shown again. Admins only. Throws NotFound if the channel is off, Invalid for a
 * malformed token, and Conflict with Facebook's reason.
 */
export async function setPageToken(ctx: Ctx, input: PageTokenInput): Promise<MessengerPage> {
	requireAdmin(ctx);
	requireMessenger(ctx.app);
	const { token } = parse(pageTokenInput, input);
	const page = await fetchTokenPage(ctx, token).catch((error: unknown) => {
		throw error instanceof GraphError ? toTokenConflict(error) : error;
	});
	const { page_id, name } = page;
	const connected = {
		name,
		sealed_token: ctx.app.secrets.seal(token),
		token_fingerprint: fingerprintToken(token),
		refused_token: null,
		last_error: null,
		last_error_at: null,
	};
	return inTransaction(ctx, async (tx) => {
		await tx.db
			.insert(messenger_pages)
			.values({ page_id, ...connected })
			.onConflictDoUpdate({ target: messenger_pages.page_id, set: connected });
		await auditPage(tx, 'messenger.connected', page);
		await record(tx, 'messenger.queued', {});
		return getPage(tx, page_id);
	});
}

/**
 * Removes a page's own token; the server's token, if any, is used instead. Admins only. Throws NotFound if the page has no
 * token of its own.
 */
export async function removePageToken(ctx: Ctx, page_id: string): Promise<MessengerPage> {
	requireAdmin(ctx);
	requireMessenger(ctx.app);
	return inTransaction(ctx, async (tx) => {
		const [page] = await tx.db
			.select()
			.from(messenger_pages)
			.where(eq(messenger_pages.page_id, page_id))
			.for('update');
		if (!page?.sealed_token) throw notFound('the token of this Facebook Page');
		await tx.db
			.update(messenger_pages)
			.set({ sealed_token: null, token_fingerprint: null })
			.where(eq(messenger_pages.page_id, page_id));
		await auditPage(tx, 'messenger.disconnected', { page_id, name: page.name ?? '' });
		await record(tx, 'messenger.queued', {});
		return getPage(tx, page_id);
	});
}

async function getPage(ctx: Ctx, page_id: string): Promise<MessengerPage> {
	const [row] = await ctx.db
		.select({ page: messenger_pages, site: sites.key })
		.from(messenger_pages)
		.leftJoin(sites, eq(sites.id, messenger_pages.site_id))
		.where(eq(messenger_pages.page_id, page_id));
	if (!row) throw notFound('the Facebook Page');
	return presentPage(ctx, row.page, row.site);
}

/** Sets the site that a page's new conversations belong to. Admins only. Throws NotFound. */
export async function setPageSite(
	ctx: Ctx,
	input: { page_id: string; site: string },
): Promise<void> {
	requireAdmin(ctx);
	const { page_id } = input;
	const site = await getOpenSite(ctx, input.site);
	await inTransaction(ctx, async (tx) => {
		const [page] = await tx.db
			.update(messenger_pages)
			.set({ site_id: site.id })
			.where(eq(messenger_pages.page_id, page_id))
			.returning({ name: messenger_pages.name });
		if (!page) throw notFound('the Facebook Page');
		const target = { type: 'messenger_page', id: page_id, name: page.name ?? page_id };
		await audit(tx, { action: 'settings.updated', target, detail: { site: site.key } });
	});
}

const MAX_PAGES = 100;

/** Returns whether the channel is on, its webhook URL, and the state of its pages. Admins only. */
export async function getMessengerState(ctx: Ctx): Promise<MessengerState> {
	requireAdmin(ctx);
	const { messenger, publicUrl, guessableSecrets } = ctx.app.config;
	const rows = await ctx.db
		.select({ page: messenger_pages, site: sites.key })
		.from(messenger_pages)
		.leftJoin(sites, eq(sites.id, messenger_pages.site_id))
		.orderBy(desc(messenger_pages.created_at))
		.limit(MAX_PAGES);
	return {
		is_on: messenger !== undefined,
		is_token_short: messenger !== undefined && guessableSecrets.includes('MESSENGER_VERIFY_TOKEN'),
		has_server_token: messenger?.pageToken !== undefined,
		webhook_url: `${publicUrl}/api/messenger/webhook`,
		pages: rows.map(({ page, site }) => presentPage(ctx, page, site)),
	};
}

/** Presents a page for the settings, without its token. */
function presentPage(
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
	const isRefused = messenger !== undefined && page.refused_token === getFingerprint(app, page);
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
