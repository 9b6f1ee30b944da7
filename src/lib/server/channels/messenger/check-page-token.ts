import { and, eq, isNull } from 'drizzle-orm';
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
	fingerprintOf,
	GraphError,
	requireMessenger,
	serverFingerprint,
	tokenOf,
} from './graph.ts';

const page = z.object({ id: graphId, name: z.string().default('') });

/** A page with the name that Facebook has for it. */
export interface NamedPage {
	page_id: string;
	name: string;
}

/**
 * Asks Facebook which page a token belongs to: a page's own token when `page_id` is given, else the server's. Releases the
 * replies that waited for it; a refused token is marked at every page that uses it. Admins only. Throws NotFound when the
 * channel is off or there is no such token, Conflict with Facebook's reason.
 */
export async function checkPageToken(ctx: Ctx, page_id?: string): Promise<NamedPage> {
	requireAdmin(ctx);
	const { token, owner } = await findOwner(ctx, page_id);
	const found = await findTokenPage(ctx, token).catch(async (error: unknown) => {
		if (!(error instanceof GraphError)) throw error;
		if (error.refusal === 'token') await markRefused(ctx, owner, error.message);
		throw refusedToken(error);
	});
	if (page_id !== undefined && found.page_id !== page_id) {
		throw conflict(`the token is for another page: ${found.name || found.page_id}`);
	}
	await inTransaction(ctx, async (tx) => {
		await tx.db
			.update(messenger_pages)
			.set({ refused_token: null })
			.where(eq(messenger_pages.refused_token, owner.fingerprint));
		const { name } = found;
		const known = { name, refused_token: null, last_error: null, last_error_at: null };
		await tx.db
			.insert(messenger_pages)
			.values({ page_id: found.page_id, ...known })
			.onConflictDoUpdate({ target: messenger_pages.page_id, set: known });
		await auditPage(tx, 'messenger.connected', found);
		await record(tx, 'messenger.queued', {});
	});
	return found;
}

interface Owner {
	fingerprint: string;
	/** The one page that uses the token; undefined: every page without a token of its own. */
	page_id: string | undefined;
}

async function findOwner(ctx: Ctx, page_id: string | undefined) {
	const { pageToken } = requireMessenger(ctx.app);
	if (page_id === undefined) {
		if (pageToken === undefined) throw notFound('MESSENGER_PAGE_TOKEN, which is not set,');
		const owner: Owner = { fingerprint: serverFingerprint(ctx.app), page_id };
		return { token: pageToken, owner };
	}
	const [found] = await ctx.db
		.select()
		.from(messenger_pages)
		.where(eq(messenger_pages.page_id, page_id));
	if (!found) throw notFound('the Facebook page');
	const owner: Owner = {
		fingerprint: fingerprintOf(ctx.app, found),
		page_id: found.sealed_token === null ? undefined : page_id,
	};
	try {
		return { token: tokenOf(ctx.app, found), owner };
	} catch (error) {
		throw error instanceof GraphError ? conflict(error.message) : error;
	}
}

/** Returns the page that a token belongs to; throws GraphError. */
export async function findTokenPage({ app }: Ctx, token: string): Promise<NamedPage> {
	const answer = await callGraph(app, token, 'me', { query: { fields: 'id,name' } });
	const { data } = page.safeParse(answer);
	if (!data) throw new GraphError('it did not say which page the token is for', 'final');
	return { page_id: data.id, name: cleanText(data.name).slice(0, 200) };
}

export const refusedToken = ({ message, refusal }: GraphError) =>
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

/** Marks every page that uses the token as unreachable. */
async function markRefused(ctx: Ctx, owner: Owner, last_error: string): Promise<void> {
	const ofOwner =
		owner.page_id === undefined ? undefined : eq(messenger_pages.page_id, owner.page_id);
	await ctx.db
		.update(messenger_pages)
		.set({ refused_token: owner.fingerprint, last_error, last_error_at: ctx.app.clock() })
		.where(ofOwner ?? and(isNull(messenger_pages.sealed_token)));
}
