import { and, isNotNull, isNull, lte, or } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { sites } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { probeAi } from '../connection-test/test-connection.ts';
import { alertOnRepeatedFailures, markAiUp } from './alert-on-failures.ts';

const PROBE_INTERVAL_MS = 60_000;

/**
 * Probes each AI that is down, at most once a minute across all processes. An AI that responds answers new chats again.
 * Returns the number of AIs that recovered.
 */
export async function probeFailingSites(ctx: Ctx): Promise<number> {
	const now = ctx.app.clock();
	const dueSites = await ctx.db
		.update(sites)
		.set({ ai_probed_at: now })
		.where(
			and(
				isNotNull(sites.ai_down_since),
				or(
					isNull(sites.ai_probed_at),
					lte(sites.ai_probed_at, new Date(now.getTime() - PROBE_INTERVAL_MS)),
				),
			),
		)
		.returning();
	const haveRecovered: boolean[] = await Promise.all(
		dueSites.map(async (site) => {
			if (!(await probeAi(ctx, site))) {
				// During a long outage, the alert is repeated.
				await inTransaction(ctx, (tx) => alertOnRepeatedFailures(tx, site));
				return false;
			}
			await inTransaction(ctx, (tx) => markAiUp(tx, site));
			ctx.app.log.info({ site: site.key }, 'the AI of a site works again');
			return true;
		}),
	);
	return haveRecovered.filter(Boolean).length;
}
