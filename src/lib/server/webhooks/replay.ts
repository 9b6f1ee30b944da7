import { sql } from 'drizzle-orm';
import type { Delivery } from '$lib/contract/delivery';
import { audit } from '../audit';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { inTransaction } from '../db/transaction';
import { notFound } from '../errors';
import { sendAgain } from './send-again';

/**
 * Sends a delivery again at once, with the same id and body, and starts its schedule anew; also one that was delivered,
 * or whose endpoint is disabled. Throws NotFound.
 */
export async function replayDelivery(ctx: Ctx, id: number): Promise<Delivery> {
	requireTeam(ctx, 'leads:write');
	return inTransaction(ctx, async (tx) => {
		const [delivery] = await sendAgain(tx, sql`d.id = ${id}`, 1);
		if (!delivery) throw notFound(`delivery ${id}`);
		const target = { type: 'delivery', id, name: delivery.event };
		await audit(tx, { action: 'delivery.replayed', target });
		return delivery;
	});
}
