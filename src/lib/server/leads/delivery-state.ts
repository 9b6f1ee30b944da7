import { sql, type SQL } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { deliveryStatus } from '#lib/contract/delivery.ts';
import {
	leadDeliveryState,
	type LeadDeliveryState,
	type LeadItem,
	WORST_FIRST,
} from '#lib/contract/lead-list.ts';
import type { Ctx } from '../core/context.ts';
import { leads } from '../core/db/schema/index.ts';

type LeadColumns = Record<'chat_session_id' | 'version', AnyPgColumn>;

/**
 * The delivery of the lead's values that needs attention most: the latest delivery to each endpoint has a state as
 * `leadDeliveryState` in the contract describes it, and the worst counts. Withdrawals count only while no other delivery is
 * newer, and then nothing else does. Uses the index deliveries_session.
 */
const worstDelivery = (lead: LeadColumns): SQL => sql`(
	select latest.status, latest.attempt_count, latest.next_attempt_at, latest.state from (
		select distinct on (d.endpoint_id) d.id, d.status, d.attempt_count, d.next_attempt_at,
			d.event = 'lead.withdrawn' as is_withdrawal,
			first_value(d.event) over (order by d.id desc) = 'lead.withdrawn' as is_lead_withdrawn,
			case
				when d.event = 'lead.withdrawn' then case when d.status = 'failed' then 'failed' else 'withdrawn' end
				when d.event = 'lead.updated' and d.status <> 'delivered' then case when exists (
					select from deliveries earlier where earlier.chat_session_id = d.chat_session_id
						and earlier.endpoint_id = d.endpoint_id and earlier.id < d.id
						and earlier.event in ('lead.completed', 'lead.abandoned', 'lead.updated')
						and earlier.status = 'delivered' and earlier.lead_version > 0
				) then 'update_' || d.status else d.status end
				when d.status = 'delivered' and d.lead_version < ${lead.version} then 'outdated'
				when d.event = 'lead.updated' then 'updated'
				else d.status end as state
		from deliveries d
		where d.chat_session_id = ${lead.chat_session_id} and d.lead_version > 0
			and d.event in ('lead.completed', 'lead.abandoned', 'lead.updated', 'lead.withdrawn')
		order by d.endpoint_id, d.id desc) latest
	where latest.is_withdrawal = latest.is_lead_withdrawn
	order by array_position(${sql.param(WORST_FIRST)}::text[], latest.state), latest.id desc limit 1)`;

/** The states of leads that an endpoint has, in some version. */
const DELIVERED: LeadDeliveryState[] = [
	'delivered',
	'update_pending',
	'updated',
	'update_failed',
	'outdated',
];

/** Holds for leads whose worst delivery is in this state; `delivered` includes all later states except `withdrawn`. */
export function hasDeliveryState(lead: LeadColumns, state: LeadDeliveryState | 'none'): SQL {
	const found = sql`(select state from ${worstDelivery(lead)} worst)`;
	if (state === 'none') return sql`${found} is null`;
	return sql`${found} = any(${sql.param(state === 'delivered' ? DELIVERED : [state])}::text[])`;
}

const stateRows = z.array(
	z.object({
		id: z.coerce.number(),
		status: deliveryStatus,
		attempt_count: z.number(),
		next_attempt_at: z.coerce.date().nullable(),
		state: leadDeliveryState,
	}),
);

/** Returns the delivery states of leads by lead id; a lead that was never sent has none. */
export async function findDeliveryStates(
	ctx: Ctx,
	leadIds: number[],
): Promise<Map<number, LeadItem['delivery']>> {
	if (leadIds.length === 0) return new Map();
	const { rows } = await ctx.db.execute(sql`
		select ${leads.id} as id, worst.* from ${leads} cross join lateral ${worstDelivery(leads)} worst
		where ${leads.id} = any(${sql.param(leadIds)}::bigint[])`);
	return new Map(
		stateRows.parse(rows).map(({ id, next_attempt_at, ...delivery }) => [
			id,
			{
				...delivery,
				...(DELIVERED.includes(delivery.state) && { status: 'delivered' }),
				next_attempt_at: next_attempt_at?.toISOString() ?? null,
			},
		]),
	);
}
