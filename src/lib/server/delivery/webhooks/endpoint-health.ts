import { and, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { sites, webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { toTimestamp } from '#lib/server/core/outbox/outbox.ts';
import { listDeveloperAddresses, queueMail } from '../mail/unchecked.ts';
import { DOWN_AFTER_MS } from './claims.ts';
import { findDeliveries } from './present.ts';
import type { DeliveryAttempt } from './send.ts';

const GONE_REASON = 'the webhook responded with 410 Gone and was disabled';
/** The time without a success after which an endpoint is disabled; longer than one delivery's whole retry schedule. */
const DISABLE_AFTER_DAYS = 5;
const DISABLE_AFTER_MS = DISABLE_AFTER_DAYS * 86_400_000;

/** The period over which deliveries waiting for a recovered endpoint are spread. */
const SPREAD_MS = 60_000;

/** Records that an endpoint started failing or recovered. Returns the reason for disabling it, or null. Requires a transaction. */
export async function recordHealth(
	ctx: Ctx,
	id: number,
	{ result, http_status }: DeliveryAttempt,
): Promise<string | null> {
	const { failing_since } = webhook_endpoints;
	if (result === 'sent') {
		await recordSuccess(ctx, id);
		return null;
	}
	if (result === 'released') return null;
	const isThisEndpoint = eq(webhook_endpoints.id, id);
	// Serializes concurrent failures, so that only one of them disables the endpoint and sends the email.
	const [row] = await ctx.db
		.select({ since: failing_since, is_enabled: webhook_endpoints.is_enabled })
		.from(webhook_endpoints)
		.where(isThisEndpoint)
		.for('no key update');
	const now = ctx.app.clock();
	const since = row?.since ?? now;
	if (!row?.since)
		await ctx.db.update(webhook_endpoints).set({ failing_since: now }).where(isThisEndpoint);
	if (http_status === 410) return GONE_REASON;
	const isOverdue = now.getTime() - since.getTime() >= DISABLE_AFTER_MS;
	if (!isOverdue || !row?.is_enabled) return null;
	return `no delivery succeeded for ${DISABLE_AFTER_DAYS} days, so the webhook was disabled`;
}

/** Records a success. Writes only if the endpoint was failing, so a healthy endpoint costs only one read. */
async function recordSuccess(ctx: Ctx, id: number): Promise<void> {
	const { rows } = await ctx.db.execute(sql`
		update webhook_endpoints e set failing_since = null from (
			select id, failing_since from webhook_endpoints
			where id = ${id} and failing_since is not null for no key update
		) before
		where e.id = before.id returning before.failing_since`);
	const [row] = z.array(z.object({ failing_since: z.coerce.date() })).parse(rows);
	if (!row) return;
	const downMs = ctx.app.clock().getTime() - row.failing_since.getTime();
	if (downMs >= DOWN_AFTER_MS) await expediteDeliveries(ctx, id);
}

/**
 * Makes the endpoint's waiting deliveries due within a minute instead of at their scheduled time. The attempt is extra: if
 * it fails, the delivery returns to its step in the schedule. Pauses requested by a 429 are kept.
 */
async function expediteDeliveries(ctx: Ctx, id: number): Promise<void> {
	const now = toTimestamp(ctx.app.clock());
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

/** Disables an endpoint and mails the people who can fix it, once. Requires a transaction. */
export async function giveUpEndpoint(ctx: Ctx, id: number, reason: string): Promise<void> {
	await queueDisabledMail(ctx, id, reason);
	await disableEndpoint(ctx, id, reason);
}

async function queueDisabledMail(ctx: Ctx, id: number, reason: string): Promise<void> {
	const [found] = await ctx.db
		.select({ site_id: sites.id, key: sites.key, name: sites.name, url: webhook_endpoints.url })
		.from(webhook_endpoints)
		.innerJoin(sites, eq(sites.id, webhook_endpoints.site_id))
		.where(and(eq(webhook_endpoints.id, id), eq(webhook_endpoints.is_enabled, true)));
	if (!found) return;
	const { site_id, key, name, url } = found;
	await queueMail(ctx, {
		template: 'endpoint_disabled',
		data: {
			site: name,
			// Only the host, because the path may contain a secret.
			endpoint: URL.parse(url)?.host ?? 'a webhook',
			reason,
			url: `${ctx.app.config.publicUrl}/settings/sites/${key}/delivery`,
		},
		to: await listDeveloperAddresses(ctx, site_id),
		dedupe_key: `endpoint_disabled:${id}:${ctx.app.clock().toISOString()}`,
	});
}

const idRows = z.array(z.object({ id: z.coerce.number() }));

/** Disables an endpoint and gives up its pending deliveries. Requires a transaction. */
export async function disableEndpoint(ctx: Ctx, id: number, reason: string): Promise<void> {
	await ctx.db
		.update(webhook_endpoints)
		.set({ is_enabled: false, disabled_reason: reason })
		.where(eq(webhook_endpoints.id, id));
	// Locked in id order, as in replays, so that the two never deadlock.
	const { rows } = await ctx.db.execute(sql`
		with given_up as (
			select id from deliveries where endpoint_id = ${id} and status = 'pending' order by id for update
		)
		update deliveries d set status = 'failed', next_attempt_at = null, claimed_until = null
		from given_up where d.id = given_up.id returning d.id`);
	const givenUp = idRows.parse(rows).map((row) => row.id);
	for (const delivery of await findDeliveries(ctx.db, givenUp)) {
		await record(ctx, 'delivery.updated', { delivery });
	}
}
