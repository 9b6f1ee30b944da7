import { randomUUID } from 'node:crypto';
import type { Ctx } from '#lib/server/core/context.ts';
import { deliveries } from '#lib/server/core/db/schema/index.ts';

/** Creates a delivery that is due now and belongs to no chat session. */
export async function createDelivery(
	ctx: Ctx,
	endpoint: { id: number },
	values: Partial<typeof deliveries.$inferInsert> = {},
): Promise<typeof deliveries.$inferSelect> {
	const now = ctx.app.clock();
	const [row] = await ctx.db
		.insert(deliveries)
		.values({
			webhook_id: `msg_${randomUUID()}`,
			endpoint_id: endpoint.id,
			event: 'lead.completed',
			dedupe_key: randomUUID(),
			body: JSON.stringify({ type: 'lead.completed', data: { lead: { name: 'Zoë 🌍' } } }),
			next_attempt_at: now,
			created_at: now,
			...values,
		})
		.returning();
	if (!row) throw new Error('the delivery was not created');
	return row;
}
