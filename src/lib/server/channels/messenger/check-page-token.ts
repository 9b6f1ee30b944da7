import { eq, isNull } from 'drizzle-orm';
import { z } from 'zod';
import { graphId } from '#lib/contract/messenger.ts';
import { cleanText } from '#lib/contract/text.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messenger_pages } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { conflict, notFound } from '#lib/server/core/errors.ts';
import {
	callGraph,
	getFingerprint,
	GraphError,
	requireMessenger,
	getServerFingerprint,
	getToken,
} from './graph.ts';

const pageSchema = z.object({ id: graphId, name: z.string().default('') });

/** A page with its name on Facebook. */
interface NamedPage {
	page_id: string;
	name: string;
}

/**
 * Asks Facebook which page a token belongs to: the token that the page `page_id` uses, or the server's if it is omitted. On
 * success, releases replies that were waiting for a working token; a refused token is marked as refused on every page that
 * uses it. Admins only. Throws NotFound if the channel is off or the page or server token doesn't exist, and Conflict with
 * Facebook's reason.
 */
export async function checkPageToken(ctx: Ctx, page_id?: string): Promise<NamedPage> {
	requireAdmin(ctx);
	const { token, owner } = await getTokenOwner(ctx, page_id);
	const page = await fetchTokenPage(ctx, token).catch(async (error: unknown) => {
		if (!(error instanceof GraphError)) throw error;
		if (error.refusal === 'token') await markRefused(ctx, owner, error.message);
		throw toTokenConflict(error);
	});
	if (page_id !== undefined && page.page_id !== page_id) {
		throw conflict(`the token is for another page: ${page.name || page.page_id}`);
	}
	await inTransaction(ctx, async (tx) => {
		await tx.db
			.update(messenger_pages)
			.set({ refused_token: null })
			.where(eq(messenger_pages.refused_token, owner.fingerprint));
		const { name } = page;
		const connected = { name, refused_token: null, last_error: null, last_error_at: null };
		await tx.db
			.insert(messenger_pages)
			.values({ page_id: page.page_id, ...connected })
			.onConflictDoUpdate({ target: messenger_pages.page_id, set: connected });
		await auditPage(tx, 'messenger.connected', page);
		await record(tx, 'messenger.queued', {});
	});
	return page;
}

interface TokenOwner {
	fingerprint: string;
	/** The page that owns the token; `undefined` for the server's token, which pages without their own use. */
	page_id: string | undefined;
}

async function getTokenOwner(ctx: Ctx, page_id: string | undefined) {
	const { pageToken } = requireMessenger(ctx.app);
	if (page_id === undefined) {
		if (pageToken === undefined) throw notFound('MESSENGER_PAGE_TOKEN, which is not set,');
		const owner: TokenOwner = { fingerprint: getServerFingerprint(ctx.app), page_id };
		return { token: pageToken, owner };
	}
	const [page] = await ctx.db
		.select()
		.from(messenger_pages)
		.where(eq(messenger_pages.page_id, page_id));
	if (!page) throw notFound('the Facebook Page');
	const owner: TokenOwner = {
		fingerprint: getFingerprint(ctx.app, page),
		page_id: page.sealed_token === null ? undefined : page_id,
	};
	try {
		return { token: getToken(ctx.app, page), owner };
	} catch (error) {
		throw error instanceof GraphError ? conflict(error.message) : error;
	}
}

/** Returns the page that a token belongs to. Throws GraphError. */
export async function fetchTokenPage({ app }: Ctx, token: string): Promise<NamedPage> {
	const response = await callGraph(app, token, 'me', { query: { fields: 'id,name' } });
	const { data } = pageSchema.safeParse(response);
	if (!data) throw new GraphError('Facebook did not say which page the token is for', 'final');
	return { page_id: data.id, name: cleanText(data.name).slice(0, 200) };
}

export const toTokenConflict = ({ message, refusal }: GraphError) =>
	conflict(
		refusal === 'wait'
			? `Facebook could not test the token, try again later: ${message}`
			: `Facebook refused the token: ${message}`,
	);

export const auditPage = (
	tx: Ctx,
	action: 'messenger.connected' | 'messenger.disconnected',
	{ page_id, name }: NamedPage,
) => audit(tx, { action, target: { type: 'messenger_page', id: page_id, name: name || page_id } });

/** Marks the token as refused on every page that uses it. */
async function markRefused(ctx: Ctx, owner: TokenOwner, last_error: string): Promise<void> {
	const usesToken =
		owner.page_id === undefined
			? isNull(messenger_pages.sealed_token)
			: eq(messenger_pages.page_id, owner.page_id);
	await ctx.db
		.update(messenger_pages)
		.set({ refused_token: owner.fingerprint, last_error, last_error_at: ctx.app.clock() })
		.where(usesToken);
}
