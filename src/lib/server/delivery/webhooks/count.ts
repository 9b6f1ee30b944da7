import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { deliveryFilter, MOST_REPLAYED } from '#lib/contract/delivery.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { parse } from '#lib/server/core/parse.ts';
import { matching } from './filter.ts';

/** How many deliveries match and can be sent again, counted up to 1,000: what one replay takes up. */
export async function countDeliveries(
	ctx: Ctx,
	input: z.input<typeof deliveryFilter>,
): Promise<{ count: number }> {
	requireTeam(ctx, 'leads:read');
	const where = sql.join(matching(parse(deliveryFilter, input)), sql` and `);
	const { rows } = await ctx.db.execute(sql`
		select count(*)::int as count from (select 1 from deliveries d
			join webhook_endpoints e on e.id = d.endpoint_id and e.deleted_at is null
			where ${where} limit ${MOST_REPLAYED}) counted`);
	return z.object({ count: z.number() }).parse(rows[0]);
}
