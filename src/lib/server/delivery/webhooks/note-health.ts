import { and, eq, isNotNull } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import type { Attempt } from './send';

const GONE = 'the endpoint answered 410 Gone and was disabled';
/** Longer than all attempts of one delivery together. */
const PATIENCE_DAYS = 5;
const PATIENCE_MS = PATIENCE_DAYS * 86_400_000;

/**
 * Notes since when an endpoint fails without a success, or that it does not any more; gives the reason to disable it,
 * if there is one now. For use inside a transaction.
 */
export async function noteHealth(
	ctx: Ctx,
	id: number,
	{ error, http_status, is_cut_off }: Attempt,
): Promise<string | null> {
	const { failing_since } = webhook_endpoints;
	if (error === null) {
		// Written only when it changes: an endpoint that is well costs nothing.
		await ctx.db
			.update(webhook_endpoints)
			.set({ failing_since: null })
			.where(and(eq(webhook_endpoints.id, id), isNotNull(failing_since)));
		return null;
	}
	if (is_cut_off) return null;
	const isThis = eq(webhook_endpoints.id, id);
	// Failures that come together see each other: only one of them disables the endpoint and tells of it.
	const [row] = await ctx.db
		.select({ since: failing_since, is_enabled: webhook_endpoints.is_enabled })
		.from(webhook_endpoints)
		.where(isThis)
		.for('no key update');
	const now = ctx.app.clock();
	const since = row?.since ?? now;
	if (!row?.since) await ctx.db.update(webhook_endpoints).set({ failing_since: now }).where(isThis);
	if (http_status === 410) return GONE;
	const isTooLong = now.getTime() - since.getTime() >= PATIENCE_MS;
	if (!isTooLong || !row?.is_enabled) return null;
	return `nothing was taken for ${PATIENCE_DAYS} days, so the endpoint was disabled`;
}
