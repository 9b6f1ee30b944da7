import { eq, sql } from 'drizzle-orm';
import type { Delivery } from '#lib/contract/delivery.ts';
import { audit } from '#lib/server/team/audit/index.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { deliveries } from '#lib/server/core/db/schema/index.ts';
import { conflict, notFound } from '#lib/server/core/errors.ts';
import { sendAgain } from './send-again.ts';

/**
 * Sends a delivery again at once, with the same id and body, and starts its schedule anew; also one that was delivered,
 * or whose endpoint is disabled. Throws NotFound, and Conflict when it is so old that its body is gone.
 */
export async function replayDelivery(ctx: Ctx, id: number): Promise<Delivery> {
	requireTeam(ctx, 'leads:write');
	return inTransaction(ctx, async (tx) => {
		const [delivery] = await sendAgain(tx, sql`d.id = ${id}`, 1);
		if (!delivery) throw await whyNot(tx, id);
		const target = { type: 'delivery', id, name: delivery.event };
		await audit(tx, { action: 'delivery.replayed', target });
		return delivery;
	});
}

async function whyNot(ctx: Ctx, id: number) {
	const [kept] = await ctx.db
		.select({ body: deliveries.body })
		.from(deliveries)
		.where(eq(deliveries.id, id));
	if (kept?.body !== '') return notFound(`delivery ${id}`);
	return conflict('what was sent is kept for 90 days only: this delivery cannot be sent again');
}
