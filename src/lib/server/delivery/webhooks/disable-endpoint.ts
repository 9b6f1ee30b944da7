import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { deliveriesById } from './present.ts';

/** Sends no more to an endpoint and gives up what is on its way there; for use inside a transaction. */
export async function disableEndpoint(ctx: Ctx, id: number, reason: string): Promise<void> {
	await ctx.db
		.update(webhook_endpoints)
		.set({ is_enabled: false, disabled_reason: reason })
		.where(eq(webhook_endpoints.id, id));
	// Locked in the order of their ids, as replays do, so that the two never wait for each other.
	const { rows } = await ctx.db.execute(sql`
		with given_up as (
			select id from deliveries where endpoint_id = ${id} and status = 'pending' order by id for update
		)
		update deliveries d set status = 'failed', next_attempt_at = null, claimed_until = null
		from given_up where d.id = given_up.id returning d.id`);
	const ids = z.array(z.object({ id: z.coerce.number() })).parse(rows);
	for (const delivery of await deliveriesById(
		ctx.db,
		ids.map((row) => row.id),
	)) {
		await record(ctx, 'delivery.updated', { delivery });
	}
}
