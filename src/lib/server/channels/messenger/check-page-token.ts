import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { cleanText } from '#lib/contract/text.ts';
import { audit } from '#lib/server/team/audit/index.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messenger_pages } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { callGraph, GraphError } from './graph.ts';
import { fingerprint, requireMessenger } from './internal.ts';

const page = z.object({ id: z.string().regex(/^[\w.-]{1,64}$/), name: z.string().default('') });

/**
 * Asks Facebook whose token it is that we hold, and lets what waits for it go out; a refused one is marked at all pages.
 * Admins only. Throws NotFound when the channel is off, Conflict with Facebook's reason.
 */
export async function checkPageToken(ctx: Ctx): Promise<{ page_id: string; name: string }> {
	requireAdmin(ctx);
	const token = fingerprint(requireMessenger(ctx.app).pageToken);
	const { id: page_id, name } = await askWho(ctx, token);
	await inTransaction(ctx, async (tx) => {
		await tx.db
			.update(messenger_pages)
			.set({ refused_token: null })
			.where(eq(messenger_pages.refused_token, token));
		const known = { name, refused_token: null, last_error: null, last_error_at: null };
		await tx.db
			.insert(messenger_pages)
			.values({ page_id, ...known })
			.onConflictDoUpdate({ target: messenger_pages.page_id, set: known });
		const target = { type: 'messenger_page', id: page_id, name: name || page_id };
		await audit(tx, { action: 'messenger.connected', target });
		await record(tx, 'messenger.queued', {});
	});
	return { page_id, name };
}

async function askWho(ctx: Ctx, token: string) {
	try {
		const { data } = page.safeParse(
			await callGraph(ctx.app, 'me', { query: { fields: 'id,name' } }),
		);
		if (!data) throw new GraphError('it did not say which page the token is for', 'final');
		return { ...data, name: cleanText(data.name).slice(0, 200) };
	} catch (error) {
		if (!(error instanceof GraphError)) throw error;
		if (error.refusal === 'token') await markRefused(ctx, token, error.message);
		throw conflict(`Facebook refused the token: ${error.message}`);
	}
}

/** No page can be written to with it. */
async function markRefused(ctx: Ctx, refused_token: string, last_error: string): Promise<void> {
	const last_error_at = ctx.app.clock();
	await ctx.db.update(messenger_pages).set({ refused_token, last_error, last_error_at });
}
