import { desc, eq, isNull, sql } from 'drizzle-orm';
import type {
	Trial,
	TrialComparison,
	TrialMeasure,
	TrialVerdict,
} from '#lib/contract/challenger.ts';
import { siteKey } from '#lib/contract/site.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { readRows, runReads } from '#lib/server/core/db/reads.ts';
import { challengers, sites } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { requireAdmin, requireTeam } from '#lib/server/core/permissions.ts';
import {
	isConnectorFromEnvironment,
	presentConnector,
	type SiteRow,
} from '#lib/server/sites/unchecked.ts';
import {
	type ArmCounts,
	computeNewcombeInterval,
	readArms,
	computeWilsonInterval,
} from '#lib/server/statistics/unchecked.ts';

export type ChallengerRow = typeof challengers.$inferSelect;

/** Returns a site's champion, its challenger and how they compare. Admins only. Throws `not_found`. */
export async function getTrial(ctx: Ctx, key: string): Promise<Trial> {
	requireAdmin(ctx);
	const isKey = sql`key = ${siteKey.safeParse(key).data ?? ''}`;
	const last = sql`select * from challengers where site_id = (select id from sites where ${isKey}) order by id desc limit 1`;
	const found = await runReads(ctx.db, {
		site: readRows(sites, sql`select * from sites where ${isKey}`, ([row]) => row),
		challenger: readRows(challengers, last, ([row]) => row),
		arms: readArms(last),
	});
	if (!found.site) throw notFound(`a site with the key "${key}"`);
	return presentTrial(ctx, { ...found, site: found.site });
}

/** Returns a site's most recent challenger, on trial or not; optionally locks it. Doesn't check permissions. */
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

interface FoundTrial {
	site: SiteRow;
	challenger: ChallengerRow | undefined;
	arms: Parameters<typeof compareArms>[0];
}

function presentTrial({ app }: Ctx, { site, challenger: row, arms }: FoundTrial): Trial {
	return {
		champion: presentConnector(site.connector),
		is_champion_from_environment: isConnectorFromEnvironment(app, site.key),
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
		comparison: row ? compareArms(arms) : null,
		can_undo: isUndoable(row),
	};
}

/** Returns whether a site's last challenger was promoted and the promotion has not been undone. */
export const isUndoable = (row: ChallengerRow | undefined): row is ChallengerRow =>
	row?.ended_because === 'promoted' && row.undone_at === null;

/** Returns the keys of the sites with a challenger on trial. Needs `quality:read`. */
export async function listSitesOnTrial(ctx: Ctx): Promise<string[]> {
	requireTeam(ctx, 'quality:read');
	const rows = await ctx.db
		.select({ key: sites.key })
		.from(challengers)
		.innerJoin(sites, eq(sites.id, challengers.site_id))
		.where(isNull(challengers.ended_at));
	return rows.map(({ key }) => key);
}

/** The minimum number of samples per arm for a verdict. With fewer, the interval too often excludes 0 by chance. */
const MIN_SAMPLES = 50;

interface Arms<T> {
	champion: T;
	challenger: T;
}
interface Hits {
	hits: number;
	trials: number;
}

/** Compares the arms of a trial. */
export function compareArms(arms: Arms<ArmCounts>): TrialComparison {
	const measure = (count: keyof ArmCounts, of: keyof ArmCounts, isLowerBetter = false) => {
		const getHits = (counts: ArmCounts) => ({ hits: counts[count], trials: counts[of] });
		const hits = { champion: getHits(arms.champion), challenger: getHits(arms.challenger) };
		return toMeasure(hits, isLowerBetter);
	};
	const leads = measure('completed', 'opened');
	const won = measure('won', 'opened');
	return {
		leads,
		won,
		reviews: measure('passed', 'reviewed'),
		failures: measure('failed_turns', 'turns', true),
		verdict: won.verdict === 'too_early' ? leads.verdict : won.verdict,
	};
}

function toMeasure({ champion, challenger }: Arms<Hits>, isLowerBetter: boolean): TrialMeasure {
	const isComparable = champion.trials > 0 && challenger.trials > 0;
	const difference = isComparable
		? {
				value: challenger.hits / challenger.trials - champion.hits / champion.trials,
				...computeNewcombeInterval(champion, challenger),
			}
		: null;
	const hasEnoughSamples = Math.min(champion.trials, challenger.trials) >= MIN_SAMPLES;
	return {
		champion: presentArm(champion),
		challenger: presentArm(challenger),
		difference,
		verdict: difference && hasEnoughSamples ? getVerdict(difference, isLowerBetter) : 'too_early',
	};
}

function getVerdict(
	{ low, high }: { low: number; high: number },
	isLowerBetter: boolean,
): TrialVerdict {
	if (low <= 0 && high >= 0) return 'too_early';
	return low > 0 === isLowerBetter ? 'champion' : 'challenger';
}

const presentArm = ({ hits, trials }: Hits) => ({
	count: hits,
	of: trials,
	rate: trials === 0 ? null : hits / trials,
	...computeWilsonInterval(hits, trials),
});

/**
 * Selects the AI that answers a chat, given the chat's row `c` and its site's row `site`: the connector's `settings`, and the
 * `challenger_id`, which is null for the champion.
 *
 * A chat never changes its AI silently. It keeps its challenger even after the trial has ended. Any other chat keeps the
 * champion it began with, which is in `retired_connectors` if another AI has been promoted since. Only the guard moves a
 * chat: to the champion at that time, as `is_newly_returned` reports. A suite run's test chat uses the settings under test.
 */
export const ANSWERING_AI = `
	select coalesce(
			case when c.channel = 'test' then (
				select run.connector from suite_run_cases run_case join suite_runs run on run.id = run_case.run_id
				where run_case.chat_session_id = c.id
			) end,
			case when challenger.is_own then challenger.connector else coalesce(retired.connector, site.connector) end
		) as settings,
		case when challenger.is_own then challenger.id end as challenger_id,
		coalesce(c.arm = 'challenger' and challenger.is_ended_by_guard, false) as is_newly_returned
	from (select 1) as one left join lateral (
		select id, connector, ended_at, coalesce(ended_because in ('stopped', 'replaced'), true) as is_own,
			ended_because in ('failures', 'suite') as is_ended_by_guard
		from challengers where id = c.challenger_id and c.arm <> 'champion'
	) challenger on true left join lateral (
		select connector from retired_connectors
		where site_id = c.site_id and retired_at > coalesce(challenger.ended_at, c.created_at) and challenger.is_own is not true
		order by retired_at limit 1
	) retired on true`;
