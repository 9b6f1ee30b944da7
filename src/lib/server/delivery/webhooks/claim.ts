import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { webhookEvent } from '#lib/contract/delivery.ts';
import type { Ctx } from '#lib/server/core/context.ts';

/** Longer than a call can take: a claim that is older belongs to a process that died. */
export const LEASE_MS = 60_000;
/** Of the calls under way, an endpoint that hangs holds no more than these. */
const PER_ENDPOINT = 4;
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
});
/** A delivery that this process alone may send now. */
export type Claim = z.infer<typeof claim>;

/**
 * Takes up to `room` deliveries that are due, the longest due first, and notes the attempt before it is made, so that
 * one whose process dies is seen. An endpoint that is disabled is no exception: only replays are due there.
 */
export async function claimDue(ctx: Ctx, room: number): Promise<Claim[]> {
	const now = ctx.app.clock();
	const at = sql`${now.toISOString()}::timestamptz`;
	const lease = sql`${new Date(now.getTime() + LEASE_MS).toISOString()}::timestamptz`;
	const { rows } = await ctx.db.execute(sql`
		with due as (
			select d.id from webhook_endpoints e cross join lateral (
				select id, next_attempt_at from deliveries
				where endpoint_id = e.id and status = 'pending' and next_attempt_at <= ${at}
					and (claimed_until is null or claimed_until <= ${at})
				order by next_attempt_at, id
				limit greatest(0, ${PER_ENDPOINT} - (
					select count(*) from deliveries under_way
					where under_way.endpoint_id = e.id and under_way.status = 'pending'
						and under_way.next_attempt_at <= ${at} and under_way.claimed_until > ${at}
				))
				for update skip locked
			) d order by d.next_attempt_at, d.id limit ${room}
		), claimed as (
			update deliveries d set claimed_until = ${lease}, attempt_count = d.attempt_count + 1
			from due where d.id = due.id
			returning d.id, d.webhook_id, d.event, d.body, d.schedule_step, d.attempt_count, d.endpoint_id
		), noted as (
			insert into delivery_attempts (delivery_id, number, started_at, duration_ms, error)
			select id, attempt_count, ${at}, 0, ${NO_ANSWER} from claimed
		)
		select c.id as delivery_id, c.webhook_id, c.event, c.body, c.schedule_step, c.attempt_count as number,
			c.endpoint_id, e.url, e.sealed_secret, e.auth_header,
			case when e.previous_secret_until > ${at} then e.previous_sealed_secret end as previous_sealed_secret
		from claimed c join webhook_endpoints e on e.id = c.endpoint_id`);
	return z.array(claim).parse(rows);
}
