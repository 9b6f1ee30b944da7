import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { deliveryStatus } from '#lib/contract/delivery.ts';
import { leadDeliveryState, type LeadItem } from '#lib/contract/lead-list.ts';
import type { Ctx } from '../core/context.ts';
import { DELIVERED, worstDelivery } from '../core/db/attention.ts';
import { leads } from '../core/db/schema/index.ts';

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
