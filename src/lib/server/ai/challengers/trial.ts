import { desc, eq } from 'drizzle-orm';
import type { Trial } from '#lib/contract/challenger.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { challengers } from '#lib/server/core/db/schema/index.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import {
	getSite,
	isConnectorFromEnvironment,
	presentConnector,
	type SiteRow,
} from '#lib/server/sites/unchecked.ts';
import { foldStatistics, MAX_FOLD_PAGES, readArms } from '#lib/server/statistics/unchecked.ts';
import { compareArms } from './compare-arms.ts';

export type ChallengerRow = typeof challengers.$inferSelect;

/** Returns a site's champion, its challenger and how they compare. Admins only. Throws `not_found`. */
export async function getTrial(ctx: Ctx, key: string): Promise<Trial> {
	requireAdmin(ctx);
	const [site] = await Promise.all([
		getSite(ctx, { key }),
		foldStatistics(ctx, { maxPages: MAX_FOLD_PAGES }),
	]);
	return presentTrial(ctx, site, await findLastChallenger(ctx, site.id));
}

/** Returns the challenger on trial, else the last one; optionally locked. Checks no permission. */
export async function findLastChallenger(
	ctx: Ctx,
	siteId: number,
	lock?: 'update',
): Promise<ChallengerRow | undefined> {
	const query = ctx.db
		.select()
		.from(challengers)
		.where(eq(challengers.site_id, siteId))
		.orderBy(desc(challengers.id))
		.limit(1);
	const [row] = await (lock ? query.for(lock) : query);
	return row;
}

async function presentTrial(
	ctx: Ctx,
	site: SiteRow,
	row: ChallengerRow | undefined,
): Promise<Trial> {
	return {
		champion: presentConnector(site.connector),
		is_champion_from_environment: isConnectorFromEnvironment(ctx.app, site.key),
		challenger: row
			? {
					id: row.id,
					connector: presentConnector(row.connector),
					share_percent: row.share_percent,
					started_at: row.started_at.toISOString(),
					ended_at: row.ended_at?.toISOString() ?? null,
					ended_because: row.ended_because,
					ended_detail: row.ended_detail,
					undone_at: row.undone_at?.toISOString() ?? null,
				}
			: null,
		comparison: row ? compareArms(await readArms(ctx.db, site.id, row)) : null,
		can_undo: isUndoable(row),
	};
}

/** Whether the last challenger has become the champion, and no trial has started since. */
export const isUndoable = (row: ChallengerRow | undefined): row is ChallengerRow =>
	row?.ended_because === 'promoted' && row.undone_at === null;
