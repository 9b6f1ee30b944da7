import { sql } from 'drizzle-orm';
import { z } from 'zod';
import {
	CHECK_RULES,
	checkRule,
	JUDGE_PREFIX,
	MIN_JUDGED,
	MIN_PRECISION,
	ruleTitle,
	type CheckSummary,
} from '#lib/contract/check.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { runReads, type Read } from '#lib/server/core/db/reads.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';

const RECENT_MS = 28 * 24 * 3_600_000;
/** A judge can invent rules: the most used ones are shown. */
const MAX_RULES = 100;

interface Counts {
	confirmed: number;
	rejected: number;
}
const judgedRows = z.array(
	z.object({
		rule: z.string(),
		site_id: z.coerce.number(),
		confirmed: z.number(),
		rejected: z.number(),
	}),
);
type Judged = z.infer<typeof judgedRows>;

/** Uses the index chat_flags_judged. */
const readJudged: Read<Judged> = {
	query: sql`
		select rule, site_id, (count(*) filter (where verdict = 'confirmed'))::int as confirmed,
			(count(*) filter (where verdict = 'rejected'))::int as rejected
		from chat_flags where verdict is not null group by rule, site_id`,
	parse: (rows) => judgedRows.parse(rows),
};

const sumOf = (judged: Judged): Counts => ({
	confirmed: judged.reduce((sum, row) => sum + row.confirmed, 0),
	rejected: judged.reduce((sum, row) => sum + row.rejected, 0),
});

const precisionOf = ({ confirmed, rejected }: Counts): number | null =>
	confirmed + rejected === 0 ? null : confirmed / (confirmed + rejected);

/** A site and what its admin set; rules without a switch follow their precision. */
interface Site {
	id: number;
	check_switches: Readonly<Partial<Record<string, boolean>>>;
}

/**
 * Decides whether a rule runs for a site: as an admin set it, else by its precision on that site, or on all sites while
 * that one has judged too few of its flags.
 */
export function isRuleOn(judged: Judged, rule: string, { id, check_switches }: Site): boolean {
	const switched = check_switches[rule];
	if (switched !== undefined) return switched;
	const ofRule = judged.filter((row) => row.rule === rule);
	const own = sumOf(ofRule.filter(({ site_id }) => site_id === id));
	const isEnough = ({ confirmed, rejected }: Counts) => confirmed + rejected >= MIN_JUDGED;
	const decisive = isEnough(own) ? own : sumOf(ofRule);
	return !isEnough(decisive) || (precisionOf(decisive) ?? 1) >= MIN_PRECISION;
}

/** Returns whether a rule runs for a site, by the decisions up to now. Checks no permission. */
export async function loadSwitches(ctx: Ctx): Promise<(rule: string, site: Site) => boolean> {
	const { judged } = await runReads(ctx.db, { judged: readJudged });
	return (rule, site) => isRuleOn(judged, rule, site);
}

const siteRows = z.array(
	z.object({
		id: z.coerce.number(),
		key: z.string(),
		name: z.string(),
		check_switches: z.record(z.string(), z.boolean()),
	}),
);
const recentRows = z.array(
	z.object({ rule: z.string(), site_id: z.coerce.number(), count: z.number() }),
);

/** Returns every rule with its precision, in all and by site in use. Needs `quality:read`. */
export async function listChecks(ctx: Ctx): Promise<CheckSummary[]> {
	requireTeam(ctx, 'quality:read');
	const since = new Date(ctx.app.clock().getTime() - RECENT_MS).toISOString();
	const { judged, recent, sites } = await runReads(ctx.db, {
		judged: readJudged,
		recent: {
			query: sql`
				select rule, site_id, count(*)::int as count from chat_flags
				where created_at >= ${since}::timestamptz group by rule, site_id`,
			parse: (rows: unknown[]) => recentRows.parse(rows),
		},
		sites: {
			query: sql`select id, key, name, check_switches from sites where archived_at is null order by name, id`,
			parse: (rows: unknown[]) => siteRows.parse(rows),
		},
	});
	const invented = [...judged, ...recent].map(({ rule }) => rule).filter(isOfJudge);
	const rules = [...checkRule.options, ...new Set(invented.toSorted())].slice(0, MAX_RULES);
	return rules.map((rule) => {
		const judgedOf = judged.filter((row) => row.rule === rule);
		const recentOf = recent.filter((row) => row.rule === rule);
		const figures = (isIncluded: (site_id: number) => boolean) => {
			const counts = sumOf(judgedOf.filter(({ site_id }) => isIncluded(site_id)));
			const found = recentOf.filter(({ site_id }) => isIncluded(site_id));
			const sum = found.reduce((total, { count }) => total + count, 0);
			return { recent: sum, ...counts, precision: precisionOf(counts) };
		};
		const known = checkRule.safeParse(rule).data;
		return {
			rule,
			title: ruleTitle(rule),
			explanation: known ? CHECK_RULES[known].explanation : null,
			source: known ? ('rule' as const) : ('judge' as const),
			...figures(() => true),
			sites: sites.map((site) => ({
				site: site.key,
				site_name: site.name,
				...figures((site_id) => site_id === site.id),
				is_on: isRuleOn(judged, rule, site),
				switched: site.check_switches[rule] ?? null,
			})),
		};
	});
}

const isOfJudge = (rule: string) => rule.startsWith(JUDGE_PREFIX);
