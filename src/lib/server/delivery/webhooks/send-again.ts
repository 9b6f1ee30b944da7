import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Delivery } from '#lib/contract/delivery.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { deliveriesById } from './present.ts';

const ids = z.array(z.object({ id: z.coerce.number() }));

/** Makes the newest deliveries that match, and whose endpoint and body are still there, due now, their schedule from its start; for use inside a transaction. */
export async function sendAgain(ctx: Ctx, where: SQL, most: number): Promise<Delivery[]> {
	const now = ctx.app.clock().toISOString();
	// The claim of a call that is under way stays: it is not sent twice at once.
	const { rows } = await ctx.db.execute(sql`
		with chosen as (
			select id from deliveries where id in (
				select d.id from deliveries d where ${where} and d.body <> '' and exists (
					select from webhook_endpoints e where e.id = d.endpoint_id and e.deleted_at is null
				) order by d.id desc limit ${most}
			) order by id for update
		)
		update deliveries d
		set status = 'pending', schedule_step = 0, next_attempt_at = ${now}::timestamptz, delivered_at = null
		from chosen where d.id = chosen.id returning d.id`);
	const changed = ids.parse(rows).map(({ id }) => id);
	const deliveries = await deliveriesById(ctx.db, changed);
	for (const delivery of deliveries) await record(ctx, 'delivery.updated', { delivery });
	return deliveries;
}
