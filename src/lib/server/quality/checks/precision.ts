import { sql } from 'drizzle-orm';
import { z } from 'zod';
import {
	CHECK_RULES,
	checkRule,
	JUDGE_PREFIX,
	MIN_REVIEWED_FLAGS,
	MIN_PRECISION,
	getRuleTitle,
	type CheckSummary,
} from '#lib/contract/check.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { runReads, type Read } from '#lib/server/core/db/reads.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';

const RECENT_MS = 28 * 24 * 3_600_000;
/** The maximum number of rules returned, because judges can name any number. */
const MAX_RULES = 100;

interface Counts {
	confirmed: number;
	rejected: number;
}
const verdictRows = z.array(
	z.object({
		rule: z.string(),
		site_id: z.coerce.number(),
		confirmed: z.number(),
		rejected: z.number(),
	}),
);
type VerdictCounts = z.infer<typeof verdictRows>;

/** Reads the verdicts by rule and site, using the index chat_flags_judged. */
const readVerdicts: Read<VerdictCounts> = {
	query: sql`
		select rule, site_id, (count(*) filter (where verdict = 'confirmed'))::int as confirmed,
			(count(*) filter (where verdict = 'rejected'))::int as rejected
		from chat_flags where verdict is not null group by rule, site_id`,
	parse: (rows) => verdictRows.parse(rows),
};

const sumCounts = (verdicts: VerdictCounts): Counts => ({
	confirmed: verdicts.reduce((sum, row) => sum + row.confirmed, 0),
	rejected: verdicts.reduce((sum, row) => sum + row.rejected, 0),
});

const getPrecision = ({ confirmed, rejected }: Counts): number | null =>
	confirmed + rejected === 0 ? null : confirmed / (confirmed + rejected);

/** A site with the switches that its admins set; rules without a switch follow their precision. */
interface Site {
	id: number;
	check_switches: Readonly<Partial<Record<string, boolean>>>;
}

/**
 * Returns whether a rule runs for a site: as an admin set it, else by its precision on that site, or on all sites while
 * that site has too few verdicts.
 */
function isRuleEnabled(
	verdicts: VerdictCounts,
	rule: string,
	{ id, check_switches }: Site,
): boolean {
	const override = check_switches[rule];
	if (override !== undefined) return override;
	const ruleVerdicts = verdicts.filter((row) => row.rule === rule);
	const siteCounts = sumCounts(ruleVerdicts.filter(({ site_id }) => site_id === id));
	const hasEnoughVerdicts = ({ confirmed, rejected }: Counts) =>
		confirmed + rejected >= MIN_REVIEWED_FLAGS;
	const decisiveCounts = hasEnoughVerdicts(siteCounts) ? siteCounts : sumCounts(ruleVerdicts);
	return !hasEnoughVerdicts(decisiveCounts) || (getPrecision(decisiveCounts) ?? 1) >= MIN_PRECISION;
}

/** Returns a function that decides whether a rule runs for a site, by the current verdicts. Doesn't check permissions. */
export async function loadRuleFilter(ctx: Ctx): Promise<(rule: string, site: Site) => boolean> {
	const { verdicts } = await runReads(ctx.db, { verdicts: readVerdicts });
	return (rule, site) => isRuleEnabled(verdicts, rule, site);
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

/** Returns every rule with its precision, overall and for each active site. Needs `quality:read`. */
export async function listChecks(ctx: Ctx): Promise<CheckSummary[]> {
	requireTeam(ctx, 'quality:read');
	const since = new Date(ctx.app.clock().getTime() - RECENT_MS).toISOString();
	const { verdicts, recent, sites } = await runReads(ctx.db, {
		verdicts: readVerdicts,
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
	const judgeRules = [...verdicts, ...recent].map(({ rule }) => rule).filter(isJudgeRule);
	const rules = [...checkRule.options, ...new Set(judgeRules.toSorted())].slice(0, MAX_RULES);
	return rules.map((rule) => {
		const ruleVerdicts = verdicts.filter((row) => row.rule === rule);
		const recentByRule = recent.filter((row) => row.rule === rule);
		const getFigures = (isIncluded: (site_id: number) => boolean) => {
			const counts = sumCounts(ruleVerdicts.filter(({ site_id }) => isIncluded(site_id)));
			const includedRecent = recentByRule.filter(({ site_id }) => isIncluded(site_id));
			const sum = includedRecent.reduce((total, { count }) => total + count, 0);
			return { recent: sum, ...counts, precision: getPrecision(counts) };
		};
		const builtInRule = checkRule.safeParse(rule).data;
		return {
			rule,
			title: getRuleTitle(rule),
			explanation: builtInRule ? CHECK_RULES[builtInRule].explanation : null,
			source: builtInRule ? ('rule' as const) : ('judge' as const),
			...getFigures(() => true),
			sites: sites.map((site) => ({
				site: site.key,
				site_name: site.name,
				...getFigures((site_id) => site_id === site.id),
				is_on: isRuleEnabled(verdicts, rule, site),
				switched: site.check_switches[rule] ?? null,
			})),
		};
	});
}

const isJudgeRule = (rule: string) => rule.startsWith(JUDGE_PREFIX);
