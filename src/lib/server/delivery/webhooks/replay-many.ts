import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { MOST_REPLAYED, replayInput } from '#lib/contract/delivery.ts';
import { audit } from '#lib/server/team/audit/index.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { matching } from './filter.ts';
import { sendAgain } from './send-again.ts';

/** Sends the named deliveries again, or those of a status that match: the newest 1,000. Gives how many. */
export async function replayDeliveries(
	ctx: Ctx,
	input: z.input<typeof replayInput>,
): Promise<{ replayed: number }> {
	requireTeam(ctx, 'leads:write');
	const { ids, ...filter } = parse(replayInput, input);
	const conditions = matching(filter);
	if (ids) conditions.push(sql`d.id = any(${sql.param(ids)}::bigint[])`);
	return inTransaction(ctx, async (tx) => {
		const replayed = await sendAgain(tx, sql.join(conditions, sql` and `), MOST_REPLAYED);
		if (replayed.length > 0) {
			await audit(tx, {
				action: 'delivery.replayed',
				detail: { deliveries: replayed.length, ...filter },
			});
		}
		return { replayed: replayed.length };
	});
}
