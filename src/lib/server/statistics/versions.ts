import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Statistics } from '#lib/contract/statistics.ts';
import type { Db } from '../core/db/client.ts';
import type { Read } from '../core/db/reads.ts';
import { getDay } from '../core/time-zone.ts';
import { ALL_SITES, COUNTERS, DAY_MINUTES, HISTOGRAMS, QUARTER_MINUTES } from './counters.ts';
import type { Period } from './period.ts';
import { presentFigures, presentTotals } from './present.ts';
import { createBucketCondition, createFigures, type Figures, type Scope } from './read-counters.ts';

const MAX_VERSIONS = 100;
const DAY_MS = 86_400_000;

const versionNames = z.object({ site: z.string(), site_name: z.string(), version: z.string() });
const versionRow = versionNames.extend({
	counts: z.partialRecord(z.enum(COUNTERS), z.number()),
	bins: z.array(z.tuple([z.enum(HISTOGRAMS), z.number(), z.number()])),
});

type VersionFigures = Omit<Statistics['versions'][number], 'won_values'>;

/** Returns the query for the versions of the sites' AIs with their figures, most chats first, at most 100. */
export function readVersions(scope: Scope, period: Period): Read<VersionFigures[]> {
	const where = sql`${createSiteCondition(scope)} and ${createBucketCondition(period)}`;
	const sums = COUNTERS.map((name) => sql`${name}::text, sum(${sql.identifier(name)})`);
	const bins = HISTOGRAMS.map(
		(
			name,
		) => sql`select site_id, version, ${name}::text as histogram, bin, sum(count) as count from statistics_versions
			join top using (site_id, version) cross join unnest(${sql.identifier(name)}) with ordinality as counted(count, bin)
			where ${where} group by site_id, version, bin`,
	);
	const query = sql`
		with top as (
			select site_id, version, jsonb_build_object(${sql.join(sums, sql`, `)}) as counts
			from statistics_versions where ${where} group by site_id, version
			having sum(sessions) > 0 or sum(turns) > 0
			order by sum(sessions) desc, sum(turns) desc, site_id, version limit ${MAX_VERSIONS}
		), bins as (${sql.join(bins, sql` union all `)})
		select site.key as site, site.name as site_name, top.version, top.counts, coalesce((
			select jsonb_agg(jsonb_build_array(histogram, bin - 1, count)) from bins
			where bins.site_id = top.site_id and bins.version = top.version
		), '[]') as bins
		from top join sites site on site.id = top.site_id
		order by (top.counts ->> 'sessions')::bigint desc, (top.counts ->> 'turns')::bigint desc, site.id, top.version`;
	return { query, parse: (rows) => z.array(versionRow).parse(rows).map(presentVersion) };
}

const createSiteCondition = (scope: Scope): SQL =>
	scope.isAll ? sql`site_id <> ${ALL_SITES}` : sql`site_id = ${scope.id}`;

function presentVersion({ counts, bins, ...row }: z.infer<typeof versionRow>): VersionFigures {
	const figures: Figures = createFigures();
	Object.assign(figures.counts, counts);
	for (const [histogram, bin, count] of bins) {
		const values = figures.bins[histogram];
		while (values.length <= bin) values.push(0);
		values[bin] = count;
	}
	const { qa, in_progress } = presentTotals(figures, []);
	return {
		...row,
		...presentFigures(figures),
		in_progress,
		completed_leads: figures.counts.completed,
		reviewed: qa.passed + qa.issue + qa.fixed,
	};
}

const usedVersions = z.array(z.object({ at: z.coerce.number(), versions: z.array(z.string()) }));

/** The number of active days without use after which a version counts as new when it is used again. */
const RECENT_DAYS = 7;
const MAX_CHANGES = 20;

/**
 * Returns the query for changes of the version with which chats begin, oldest first: at most the last 20 of the period.
 * Ignores versions that answered only later turns, such as the built-in AI after a failure.
 */
export function readVersionChanges(scope: Scope, period: Period): Read<VersionChange[]> {
	// Four times as far back, because a site may not be active every day.
	const from = new Date(period.from - 4 * RECENT_DAYS * DAY_MS).toISOString();
	return {
		query: sql`
			select extract(epoch from bucket_at) * 1000 as at, array_agg(version order by version) as versions
			from statistics_versions where site_id = ${scope.id} and grain = ${DAY_MINUTES} and bucket_at >= ${from}
				and bucket_at < ${new Date(period.to).toISOString()} and sessions > 0
			group by 1 order by 1`,
		parse: (rows) =>
			findVersionChanges(usedVersions.parse(rows))
				.filter(({ at }) => at > period.from - DAY_MS)
				.slice(-MAX_CHANGES),
	};
}

/** Returns the changes with the quarter hour in which each took place, without those outside the period. */
export async function resolveChangeTimes(
	db: Db,
	scope: Scope,
	period: Period,
	changes: VersionChange[],
): Promise<Statistics['version_changes']> {
	if (changes.length === 0) return [];
	const starts = await readStarts(db, scope, changes);
	return changes
		.map(({ version, previous }, index) => ({ at: starts[index] ?? 0, version, previous }))
		.filter(({ at }) => at >= period.from && at < period.to)
		.map(({ at, ...change }) => ({
			date: getDay(period.time_zone, at),
			at: new Date(at).toISOString(),
			...change,
		}));
}

interface VersionChange {
	/** The start of the UTC day, in ms since the epoch. */
	at: number;
	version: string;
	/** The versions of the previous active day. */
	previous: string[];
}

/** Finds the days on which a version is new, or has replaced all others, such as after a rollback. */
export function findVersionChanges(days: { at: number; versions: string[] }[]): VersionChange[] {
	return days.flatMap(({ at, versions }, index) => {
		const previous = days[index - 1]?.versions;
		if (!previous) return [];
		const recent = days.slice(Math.max(0, index - RECENT_DAYS), index);
		const isRecent = (version: string) => recent.some((day) => day.versions.includes(version));
		const isReplaced = !versions.some((version) => previous.includes(version));
		return versions
			.filter((version) => isReplaced || !isRecent(version))
			.map((version) => ({ at, version, previous }));
	});
}

/** Returns the quarter hour in which each change took place, in ms since the epoch. */
async function readStarts(db: Db, scope: Scope, changes: VersionChange[]): Promise<number[]> {
	const toColumnParam = <T>(pick: (change: VersionChange) => T) => sql.param(changes.map(pick));
	const { rows } = await db.execute(sql`
		select extract(epoch from (
			select min(bucket_at) from statistics_versions v
			where v.site_id = ${scope.id} and v.grain = ${QUARTER_MINUTES} and v.bucket_at >= change.day
				and v.bucket_at < change.day + interval '1 day' and v.version = change.version
				and v.sessions > 0
		)) * 1000 as at
		from unnest(${toColumnParam(({ at }) => new Date(at).toISOString())}::timestamptz[], ${toColumnParam(({ version }) => version)}::text[])
			with ordinality as change(day, version, place) order by place`);
	return z
		.array(z.object({ at: z.coerce.number() }))
		.parse(rows)
		.map(({ at }) => at);
}

/** The counts of each arm of a trial, stored as keys of the kind `arm_…`. */
export const ARM_COUNTS = [
	'opened',
	'completed',
	'won',
	'passed',
	'reviewed',
	'turns',
	'failed_turns',
] as const;
export type ArmCounts = Record<(typeof ARM_COUNTS)[number], number>;

/** Returns the key under which an arm of a trial is counted. */
export const toArmKey = (challengerId: number, arm: 'champion' | 'challenger') =>
	`${challengerId}:${arm}`;

const armCount = z.array(z.object({ kind: z.string(), arm: z.string(), count: z.coerce.number() }));

/** Returns the query for the counts of a trial's two arms, given a query for its challenger's row. */
export const readArms = (
	challenger: SQL,
): Read<{ champion: ArmCounts; challenger: ArmCounts }> => ({
	query: sql`
		select counted.kind, split_part(counted.key, ':', 2) as arm, sum(counted.count) as count
		from (${challenger}) trial join statistics_keys counted on counted.site_id = trial.site_id and counted.grain = ${DAY_MINUTES}
			and counted.bucket_at >= date_trunc('day', trial.started_at, 'UTC')
			and counted.bucket_at <= coalesce(trial.ended_at, 'infinity')
			and counted.kind like 'arm%' and counted.key in (trial.id || ':champion', trial.id || ':challenger')
		group by 1, 2`,
	parse(rows) {
		const counted = armCount.parse(rows);
		const getArmCounts = (arm: 'champion' | 'challenger') =>
			Object.fromEntries(
				ARM_COUNTS.map((name) => {
					const row = counted.find((armRow) => armRow.kind === `arm_${name}` && armRow.arm === arm);
					return [name, row?.count ?? 0];
				}),
			) as ArmCounts;
		return { champion: getArmCounts('champion'), challenger: getArmCounts('challenger') };
	},
});
