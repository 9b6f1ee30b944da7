import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { webhookEvent } from '#lib/contract/delivery.ts';
import type { Ctx } from '#lib/server/core/context.ts';

/** An endpoint that has failed for so long without a success is down. */
export const DOWN_AFTER_MS = 30_000;

/** Longer than a call can take: a claim that is older belongs to a process that died. */
export const LEASE_MS = 60_000;
/** Calls to one endpoint at a time. */
const MAX_PER_ENDPOINT = 4;
/** Calls at a time to an endpoint that is down: enough to notice that it is back. */
const MAX_PER_DOWN_ENDPOINT = 1;
/** What an attempt says until its answer is recorded. */
const NO_ANSWER = 'no answer was recorded';

const claim = z.object({
	delivery_id: z.coerce.number(),
	webhook_id: z.string(),
	event: webhookEvent,
	body: z.string(),
	schedule_step: z.number(),
	/** The attempt's number; who holds the newest one holds the delivery. */
	number: z.number(),
	endpoint_id: z.coerce.number(),
	url: z.string(),
	sealed_secret: z.string(),
	/** The one before, while both are valid. */
	previous_sealed_secret: z.string().nullable(),
	auth_header: z.object({ name: z.string(), sealed_value: z.string() }).nullable(),
	/** The endpoint has failed for a while: see note-health.ts. */
	is_down: z.boolean(),
});
/** A delivery that this process alone may send now. */
export type Claim = z.infer<typeof claim>;

export interface ClaimOptions {
	/** How many to claim at most. */
	room: number;
	/** How many of them may go to endpoints that are down. */
	roomForDown?: number;
	/** Deliveries that this process still has under way, also those whose lease is over. */
	underWay?: number[];
	/** Which side of the queue gets the odd slot: 0 the oldest, 1 the newest. */
	parity?: 0 | 1;
}

/**
 * Claims deliveries that are due and records their attempts before they are made, so that an attempt whose process dies is
 * seen. Each endpoint has its own slots; half of them go to the deliveries that have been due longest, and half to the
 * newest, so that a fresh lead never waits behind a backlog. Replays are due at disabled endpoints, too.
 */
export async function claimDue(
	ctx: Ctx,
	{ room, roomForDown = room, underWay = [], parity = 0 }: ClaimOptions,
): Promise<Claim[]> {
	const now = ctx.app.clock();
	const later = (ms: number) => sql`${new Date(now.getTime() + ms).toISOString()}::timestamptz`;
	const at = later(0);
	const due = sql`
		from deliveries where endpoint_id = slots.id and status = 'pending' and next_attempt_at <= ${at}
			and (claimed_until is null or claimed_until <= ${at}) and id <> all(${sql.param(underWay)}::bigint[])`;
	const { rows } = await ctx.db.execute(sql`
		with slots as (
			select id, is_down, free, (free + ${parity}::int) / 2 as for_newest from (
				select e.id, down.is_down, case when down.is_down then ${MAX_PER_DOWN_ENDPOINT}::int else ${MAX_PER_ENDPOINT}::int end - (
					select count(*)::int from deliveries d
					where d.endpoint_id = e.id and d.status = 'pending' and d.claimed_until is not null and d.claimed_until > ${at}
				) as free
				from webhook_endpoints e
				cross join lateral (select coalesce(e.failing_since <= ${later(-DOWN_AFTER_MS)}, false) as is_down) down
			) counted where free > 0
		), due as (
			select d.id, slots.is_down, d.next_attempt_at,
				row_number() over (partition by slots.id order by d.next_attempt_at, d.id) as place
			from slots cross join lateral (
				select * from (
					select id, next_attempt_at ${due} order by next_attempt_at, id limit free - for_newest for update skip locked
				) oldest
				union select * from (
					select id, next_attempt_at ${due} order by id desc limit for_newest for update skip locked
				) newest
			) d
		), chosen as (
			select id, is_down from (
				select *, row_number() over (partition by is_down order by place, next_attempt_at, id) as place_of_kind from due
			) ranked
			where not is_down or place_of_kind <= ${roomForDown}
			order by is_down, place, next_attempt_at, id limit ${room}
		), claimed as (
			update deliveries d set claimed_until = ${later(LEASE_MS)}, attempt_count = d.attempt_count + 1
			from chosen where d.id = chosen.id
			returning d.id, d.webhook_id, d.event, d.body, d.schedule_step, d.attempt_count, d.endpoint_id, chosen.is_down
		), noted as (
			insert into delivery_attempts (delivery_id, number, started_at, duration_ms, error)
			select id, attempt_count, ${at}, 0, ${NO_ANSWER} from claimed
		)
		select c.id as delivery_id, c.webhook_id, c.event, c.body, c.schedule_step, c.attempt_count as number,
			c.endpoint_id, c.is_down, e.url, e.sealed_secret, e.auth_header,
			case when e.previous_secret_until > ${at} then e.previous_sealed_secret end as previous_sealed_secret
		from claimed c join webhook_endpoints e on e.id = c.endpoint_id`);
	return z.array(claim).parse(rows);
}
