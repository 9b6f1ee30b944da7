import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { webhookEvent } from '#lib/contract/events.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import {
	claim,
	type ClaimRequest,
	claimRows,
	isDue,
	timestamp,
} from '#lib/server/core/outbox/outbox.ts';
import { HOUR, MINUTE, SECOND } from '#lib/server/core/retries.ts';

/** An endpoint that has failed for this long without a success is down. */
export const DOWN_AFTER_MS = 30_000;

/** Calls of one process at a time, in all and to endpoints that are down: however many of these hang, others have room. */
export const MAX_IN_FLIGHT = 64;
const MAX_IN_FLIGHT_TO_DOWN = 32;
/** Calls to one endpoint at a time; one is enough to notice that it is back. */
const MAX_PER_ENDPOINT = 4;
const MAX_PER_DOWN_ENDPOINT = 1;
/** The error of an attempt until its answer is recorded. */
const NO_ANSWER = 'no answer was recorded';

const deliveryClaim = claim.extend({
	webhook_id: z.string(),
	event: webhookEvent,
	body: z.string(),
	endpoint_id: z.coerce.number(),
	url: z.string(),
	sealed_secret: z.string(),
	/** The one before, while both are valid. */
	previous_sealed_secret: z.string().nullable(),
	auth_header: z.object({ name: z.string(), sealed_value: z.string() }).nullable(),
	/** The endpoint has been failing for a while: see endpoint-health.ts. */
	is_down: z.boolean(),
});
/** A delivery that only this process may send now. */
export type DeliveryClaim = z.infer<typeof deliveryClaim>;

/**
 * Claims due deliveries and records their attempts before they are made, so that an attempt whose process dies is visible.
 * Each endpoint has its own slots, half for the deliveries that have been due longest and half for the newest, so that a
 * fresh lead never waits behind a backlog. The deliveries of one lead are claimed in order. Replays are claimed for disabled
 * endpoints, too.
 */
export function claimDue(ctx: Ctx, request: ClaimRequest<DeliveryClaim>): Promise<DeliveryClaim[]> {
	const now = timestamp(ctx.app.clock());
	return claimRows(ctx, 'deliveries', {
		due: dueBySlots(ctx, request),
		also: sql`, noted as (
			insert into delivery_attempts (delivery_id, number, started_at, duration_ms, error)
			select id, attempt_count, ${now}, 0, ${NO_ANSWER} from claimed
		)`,
		columns: sql`claimed.webhook_id, claimed.event, claimed.body, claimed.endpoint_id, due.is_down, e.url, e.sealed_secret,
			e.auth_header, case when e.previous_secret_until > ${now} then e.previous_sealed_secret end as previous_sealed_secret`,
		joins: sql`join webhook_endpoints e on e.id = claimed.endpoint_id`,
		schema: deliveryClaim,
	});
}

/** Up to `room` due deliveries, as many per endpoint as it has free slots; read by deliveries_due and deliveries_newest. */
function dueBySlots(ctx: Ctx, { room, inFlight, round }: ClaimRequest<DeliveryClaim>): SQL {
	const now = ctx.app.clock();
	const isDown = sql`e.failing_since <= ${timestamp(new Date(now.getTime() - DOWN_AFTER_MS))}`;
	const roomForDown = MAX_IN_FLIGHT_TO_DOWN - inFlight.filter(({ is_down }) => is_down).length;
	// Waits until the delivery before it, of the same lead, was accepted or given up.
	const isNext = sql`not exists (select from deliveries previous where previous.id = d.follows_id and previous.status = 'pending')`;
	const due = sql`select d.id, d.next_attempt_at from deliveries d
		where d.endpoint_id = slots.id and ${isDue(ctx, inFlight, 'd')} and ${isNext}`;
	return sql`
		with slots as (
			-- An odd slot goes to either side in turn.
			select id, is_down, free, (free + ${round % 2}::int) / 2 as for_newest from (
				select e.id, down.is_down, case when down.is_down then ${MAX_PER_DOWN_ENDPOINT}::int else ${MAX_PER_ENDPOINT}::int end - (
					select count(*)::int from deliveries d
					where d.endpoint_id = e.id and d.status = 'pending' and d.claimed_until is not null and d.claimed_until > ${timestamp(now)}
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
		where not is_down or place_of_kind <= ${roomForDown}
		order by is_down, place, next_attempt_at, id limit ${room}`;
}

/** As documented in docs/webhooks.md. */
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
	maxAskedMs: 24 * HOUR,
};
