import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { DOWN_AFTER_MS } from './claim.ts';
import type { Attempt } from './send.ts';

const GONE = 'the endpoint answered 410 Gone and was disabled';
/** Longer than all attempts of one delivery together. */
const PATIENCE_DAYS = 5;
const PATIENCE_MS = PATIENCE_DAYS * 86_400_000;

/** Deliveries that wait for an endpoint which is back come forward, spread over this time. */
const SPREAD_MS = 60_000;

/**
 * Records since when an endpoint fails without a success, or that it no longer does; returns the reason to disable it, if
 * there is one now. For use inside a transaction.
 */
export async function noteHealth(
	ctx: Ctx,
	id: number,
	{ error, http_status, is_cut_off }: Attempt,
): Promise<string | null> {
	const { failing_since } = webhook_endpoints;
	if (error === null) {
		await noteSuccess(ctx, id);
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

/** Writes only when something changes: a healthy endpoint costs one read. */
async function noteSuccess(ctx: Ctx, id: number): Promise<void> {
	const { rows } = await ctx.db.execute(sql`
		update webhook_endpoints e set failing_since = null from (
			select id, failing_since from webhook_endpoints
			where id = ${id} and failing_since is not null for no key update
		) before
		where e.id = before.id returning before.failing_since`);
	const [row] = z.array(z.object({ failing_since: z.coerce.date() })).parse(rows);
	if (!row) return;
	const downMs = ctx.app.clock().getTime() - row.failing_since.getTime();
	if (downMs >= DOWN_AFTER_MS) await bringForward(ctx, id);
}

/**
 * Sends what waits for the endpoint within a minute instead of at its own late step. Such an attempt is extra: when it
 * fails, the delivery is back at its step. Answers of 429 asked for their pause, which is kept.
 */
async function bringForward(ctx: Ctx, id: number): Promise<void> {
	const now = sql`${ctx.app.clock().toISOString()}::timestamptz`;
	await ctx.db.execute(sql`
		with waiting as (
			select id from deliveries d
			where endpoint_id = ${id} and status = 'pending' and next_attempt_at > ${now} and schedule_step > 0
				and not exists (
					select from delivery_attempts a
					where a.delivery_id = d.id and a.number = d.attempt_count and a.http_status = 429
				)
			order by id for no key update skip locked
		)
		update deliveries d set schedule_step = d.schedule_step - 1, next_attempt_at = least(
			d.next_attempt_at, ${now} + random() * make_interval(secs => ${SPREAD_MS / 1_000}::float8))
		from waiting where d.id = waiting.id`);
}
