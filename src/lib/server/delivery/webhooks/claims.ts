import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { webhookEvent } from '#lib/contract/events.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import {
	claimSchema,
	type ClaimRequest,
	claimRows,
	isDue,
	toTimestamp,
} from '#lib/server/core/outbox/outbox.ts';
import { HOUR, MINUTE, SECOND } from '#lib/server/core/retries.ts';

/** The time without a success after which a failing endpoint counts as down. */
export const DOWN_AFTER_MS = 30_000;

/** The maximum number of concurrent calls per process, in total and to endpoints that are down, so that hanging ones leave room for others. */
export const MAX_IN_FLIGHT = 64;
const MAX_IN_FLIGHT_TO_DOWN = 32;
/** The maximum number of concurrent calls per endpoint. If it is down, one is enough to detect its recovery. */
const MAX_PER_ENDPOINT = 4;
const MAX_PER_DOWN_ENDPOINT = 1;
/** The error stored with an attempt until its result is recorded. */
const NO_RESULT_ERROR = 'no response was recorded';

const deliveryClaimSchema = claimSchema.extend({
	webhook_id: z.string(),
	event: webhookEvent,
	body: z.string(),
	endpoint_id: z.coerce.number(),
	url: z.string(),
	sealed_secret: z.string(),
	/** The secret before the rotation, while both are valid. */
	previous_sealed_secret: z.string().nullable(),
	auth_header: z.object({ name: z.string(), sealed_value: z.string() }).nullable(),
	/** Whether the endpoint has been failing for a while; see endpoint-health.ts. */
	is_down: z.boolean(),
});
/** A delivery that this process has claimed for sending. */
export type DeliveryClaim = z.infer<typeof deliveryClaimSchema>;

/**
 * Claims due deliveries and records their attempts in advance, so that attempts of a crashed process are visible. Each
 * endpoint has its own slots, half for the longest overdue deliveries and half for the newest, so that a fresh lead never
 * waits behind a backlog. Deliveries of one lead are claimed in order. Replays are claimed even for disabled endpoints.
 */
export function claimDueDeliveries(
	ctx: Ctx,
	request: ClaimRequest<DeliveryClaim>,
): Promise<DeliveryClaim[]> {
	const now = toTimestamp(ctx.app.clock());
	return claimRows(ctx, 'deliveries', {
		due: selectDueBySlots(ctx, request),
		additionalCte: sql`, noted as (
			insert into delivery_attempts (delivery_id, number, started_at, duration_ms, error)
			select id, attempt_count, ${now}, 0, ${NO_RESULT_ERROR} from claimed
		)`,
		columns: sql`claimed.webhook_id, claimed.event, claimed.body, claimed.endpoint_id, due.is_down, e.url, e.sealed_secret,
			e.auth_header, case when e.previous_secret_until > ${now} then e.previous_sealed_secret end as previous_sealed_secret`,
		joins: sql`join webhook_endpoints e on e.id = claimed.endpoint_id`,
		schema: deliveryClaimSchema,
	});
}

/** Selects up to `limit` due deliveries, at most as many per endpoint as it has free slots. Uses the indexes deliveries_due and deliveries_newest. */
function selectDueBySlots(ctx: Ctx, { limit, inFlight, round }: ClaimRequest<DeliveryClaim>): SQL {
	const now = ctx.app.clock();
	const isDown = sql`e.failing_since <= ${toTimestamp(new Date(now.getTime() - DOWN_AFTER_MS))}`;
	const freeForDown = MAX_IN_FLIGHT_TO_DOWN - inFlight.filter(({ is_down }) => is_down).length;
	// A delivery waits until the previous one of the same lead is accepted or has failed.
	const isNext = sql`not exists (select from deliveries previous where previous.id = d.follows_id and previous.status = 'pending')`;
	const due = sql`select d.id, d.next_attempt_at from deliveries d
		where d.endpoint_id = slots.id and ${isDue(ctx, inFlight, 'd')} and ${isNext}`;
	return sql`
		with slots as (
			-- An odd slot alternates between oldest and newest.
			select id, is_down, free, (free + ${round % 2}::int) / 2 as for_newest from (
				select e.id, down.is_down, case when down.is_down then ${MAX_PER_DOWN_ENDPOINT}::int else ${MAX_PER_ENDPOINT}::int end - (
					select count(*)::int from deliveries d
					where d.endpoint_id = e.id and d.status = 'pending' and d.claimed_until is not null and d.claimed_until > ${toTimestamp(now)}
				) as free
				from webhook_endpoints e cross join lateral (select coalesce(${isDown}, false) as is_down) down
			) counted where free > 0
		), candidates as (
			select d.id, slots.is_down, d.next_attempt_at,
				row_number() over (partition by slots.id order by d.next_attempt_at, d.id) as place
			from slots cross join lateral (
				select * from (${due} order by d.next_attempt_at, d.id limit free - for_newest for update of d skip locked) oldest
				union select * from (${due} order by d.id desc limit for_newest for update of d skip locked) newest
			) d
		)
		select id, is_down from (
			select *, row_number() over (partition by is_down order by place, next_attempt_at, id) as place_of_kind from candidates
		) ranked
		where not is_down or place_of_kind <= ${freeForDown}
		order by is_down, place, next_attempt_at, id limit ${limit}`;
}

/** The retry schedule; keep docs/webhooks.md in sync. */
export const RETRIES = {
	pausesMs: [
		5 * SECOND,
		30 * SECOND,
		2 * MINUTE,
		10 * MINUTE,
		30 * MINUTE,
		2 * HOUR,
		5 * HOUR,
		10 * HOUR,
		24 * HOUR,
	],
	jitter: 0.2,
	maxRetryAfterMs: 24 * HOUR,
};
