import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Read } from '../core/db/reads.ts';
import {
	addBins,
	ALL_SITES,
	getBucketStart,
	COUNTERS,
	DAY_MINUTES,
	HISTOGRAMS,
	QUARTER_MINUTES,
	type Counter,
	type Histogram,
} from './counters.ts';
import type { Period } from './period.ts';
import { selectSourceName } from './source.ts';

/** The counters and histograms of a span of time. */
export interface Figures {
	counts: Record<Counter, number>;
	bins: Record<Histogram, number[]>;
}

export const createFigures = (): Figures => ({
	counts: Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Figures['counts'],
	bins: { first_byte_bins: [], answer_bins: [], complete_bins: [], handoff_bins: [] },
});

/** Adds `from` to `to` in place, and returns `to`. */
export function addFigures(to: Figures, from: Figures): Figures {
	for (const name of COUNTERS) to.counts[name] += from.counts[name];
	for (const name of HISTOGRAMS) addBins(to.bins[name], from.bins[name]);
	return to;
}

/** The site whose figures to read, or all sites together. */
export interface Scope {
	/** The `site_id` of its counters; null for an unknown site. */
	id: SQL;
	isAll: boolean;
}

export const toScope = (site: string | undefined): Scope =>
	site === undefined
		? { id: sql`${ALL_SITES}::bigint`, isAll: true }
		: { id: sql`(select id from sites where key = ${site})`, isAll: false };

const toIsoString = (ms: number) => new Date(ms).toISOString();
const dayRow = z.object({
	day: z.number(),
	counts: z.record(z.enum(COUNTERS), z.number()),
	/** The histograms of each of the day's buckets, in the order of `HISTOGRAMS`. */
	bins: z.array(z.array(z.array(z.number()))),
});

/** Returns the query for a period's daily figures, oldest first. */
export function readDays(scope: Scope, period: Period): Read<Figures[]> {
	const where = sql`site_id = ${scope.id} and grain = ${period.grain}
		and bucket_at >= ${toIsoString(period.from)} and bucket_at < ${toIsoString(period.to)}`;
	const starts = sql.param(period.days.map(({ from }) => toIsoString(from)));
	const sums = COUNTERS.map((name) => sql`${name}::text, sum(${sql.identifier(name)})`);
	const bins = sql.join(HISTOGRAMS.map(sql.identifier), sql`, `);
	const hasBins = sql`answer_bins <> '{}' or complete_bins <> '{}' or handoff_bins <> '{}'`;
	return {
		query: sql`
			select width_bucket(bucket_at, ${starts}::timestamptz[]) as day, json_build_object(${sql.join(sums, sql`, `)}) as counts,
				coalesce(json_agg(json_build_array(${bins})) filter (where ${hasBins}), '[]') as bins
			from statistics_times where ${where} group by 1`,
		parse(rows) {
			const days = period.days.map(createFigures);
			for (const row of z.array(dayRow).parse(rows)) {
				const figures = days[row.day - 1];
				if (!figures) continue;
				figures.counts = row.counts;
				for (const bucket of row.bins) {
					bucket.forEach((values, histogramIndex) => {
						const name = HISTOGRAMS[histogramIndex];
						if (name) addBins(figures.bins[name], values);
					});
				}
			}
			return days;
		},
	};
}

/**
 * Selects the buckets of a period: whole UTC days, and quarter hours at both ends. The number of rows read depends on the
 * length of the period, not on how busy the site is.
 */
export function createBucketCondition({ from, to }: Period): SQL {
	const dayMs = DAY_MINUTES * 60_000;
	const firstDayStart = getBucketStart(from + dayMs - 1, DAY_MINUTES);
	const lastDayEnd = getBucketStart(to, DAY_MINUTES);
	const rangeCondition = (grain: number, start: number, end: number) =>
		sql`(grain = ${grain} and bucket_at >= ${toIsoString(start)} and bucket_at < ${toIsoString(end)})`;
	if (firstDayStart >= lastDayEnd) return rangeCondition(QUARTER_MINUTES, from, to);
	return sql`(${rangeCondition(DAY_MINUTES, firstDayStart, lastDayEnd)} or ${rangeCondition(QUARTER_MINUTES, from, firstDayStart)} or ${rangeCondition(QUARTER_MINUTES, lastDayEnd, to)})`;
}

const OUTCOME_SUMS = sql`sum(qualified) as qualified, sum(disqualified) as disqualified, sum(won) as won, sum(lost) as lost`;

const sourceCounts = z.object({
	source: z.string(),
	campaign: z.string(),
	shown: z.coerce.number(),
	opened: z.coerce.number(),
	sessions: z.coerce.number(),
	ai_engaged: z.coerce.number(),
	contact_given: z.coerce.number(),
	complete: z.coerce.number(),
	leads: z.coerce.number(),
	qualified: z.coerce.number(),
	disqualified: z.coerce.number(),
	won: z.coerce.number(),
	lost: z.coerce.number(),
});

/** Returns the query for the 100 sources and campaigns with the most chat sessions, busiest first. */
export function readSources(scope: Scope, period: Period): Read<z.infer<typeof sourceCounts>[]> {
	return {
		query: sql`
			select ${selectSourceName(sql`source`)} as source, campaign, sum(shown) as shown, greatest(sum(opened), sum(sessions)) as opened,
				sum(sessions) as sessions, sum(ai_engaged) as ai_engaged, sum(contact_given) as contact_given,
				sum(complete) as complete, sum(leads) as leads, ${OUTCOME_SUMS}
			from statistics_sources where site_id = ${scope.id} and ${createBucketCondition(period)}
			group by 1, 2 having sum(sessions) > 0 or sum(shown) > 0 or sum(opened) > 0
			order by sum(sessions) desc, sum(shown) desc, 1, 2 limit 100`,
		parse: (rows) => z.array(sourceCounts).parse(rows),
	};
}

const siteCounts = z.object({
	site: z.string(),
	site_name: z.string(),
	sessions: z.coerce.number(),
	ai_engaged: z.coerce.number(),
	complete: z.coerce.number(),
	leads: z.coerce.number(),
	turns: z.coerce.number(),
	failed_turns: z.coerce.number(),
	passed: z.coerce.number(),
	judged: z.coerce.number(),
	qualified: z.coerce.number(),
	disqualified: z.coerce.number(),
	won: z.coerce.number(),
	lost: z.coerce.number(),
});

/** Returns the query for the sites that had a chat session, busiest first, at most 200. */
export function readSites(scope: Scope, period: Period): Read<z.infer<typeof siteCounts>[]> {
	const siteCondition = scope.isAll ? sql`` : sql`and site.id = ${scope.id}`;
	return {
		query: sql`
			select site.key as site, site.name as site_name, c.* from sites site cross join lateral (
				select sum(sessions) as sessions, sum(ai_engaged) as ai_engaged, sum(complete) as complete,
					sum(leads) as leads, sum(turns) as turns, sum(failed_turns) as failed_turns, sum(passed) as passed,
					sum(passed + issue + fixed) as judged, ${OUTCOME_SUMS}
				from statistics_times t where t.site_id = site.id and ${createBucketCondition(period)}
			) c
			where c.sessions > 0 ${siteCondition} order by c.sessions desc, site.id limit 200`,
		parse: (rows) => z.array(siteCounts).parse(rows),
	};
}

const keyCount = z.object({ kind: z.string(), key: z.string(), count: z.coerce.number() });
export type KeyCount = z.infer<typeof keyCount>;

/**
 * Returns the query for the counts by key, the 100 largest of each kind. Excludes greetings and arms; see `readGreetings` and
 * `readArms`.
 */
export function readKeys(scope: Scope, period: Period): Read<KeyCount[]> {
	return {
		query: sql`
			select kind, key, count from (
				select kind, key, sum(count) as count,
					row_number() over (partition by kind order by sum(count) desc, key) as rank
				from statistics_keys where site_id = ${scope.id} and kind not like 'greeting%' and kind not like 'arm%' and ${createBucketCondition(period)}
				group by kind, key having sum(count) > 0
			) ranked where rank <= 100 order by kind, rank`,
		parse: (rows) => z.array(keyCount).parse(rows),
	};
}

const GREETING_COUNTS = ['opened', 'completed', 'qualified', 'disqualified', 'won', 'lost'].map(
	(name) =>
		sql`coalesce(sum(count) filter (where kind = ${`greeting_${name}`}), 0) as ${sql.identifier(name)}`,
);

const greetingCount = z.object({
	site: z.string(),
	variant: z.string(),
	text: z.string().nullable(),
	opened: z.coerce.number(),
	completed: z.coerce.number(),
	qualified: z.coerce.number(),
	disqualified: z.coerce.number(),
	won: z.coerce.number(),
	lost: z.coerce.number(),
});

/** Returns the query for the number of opened and completed chats with each greeting, at most 100 greetings. */
export function readGreetings(scope: Scope, period: Period): Read<z.infer<typeof greetingCount>[]> {
	const siteCondition = scope.isAll ? sql`site_id <> ${ALL_SITES}` : sql`site_id = ${scope.id}`;
	return {
		query: sql`
			select site.key as site, k.key as variant, k.*,
				(select g ->> 'text' from jsonb_array_elements(site.greetings) g where g ->> 'key' = k.key limit 1) as text
			from (
				select site_id, key, ${sql.join(GREETING_COUNTS, sql`, `)}
				from statistics_keys
				where ${siteCondition} and kind like 'greeting%' and ${createBucketCondition(period)}
				group by site_id, key
			) k join sites site on site.id = k.site_id
			where k.opened > 0 order by site.key, k.key limit 100`,
		parse: (rows) => z.array(greetingCount).parse(rows),
	};
}

const hourCount = z.object({ at: z.coerce.number(), sessions: z.number(), complete: z.number() });

/** Returns the query for a period's nonempty buckets, which its heat map shows. */
export function readHours(scope: Scope, period: Period): Read<z.infer<typeof hourCount>[]> {
	return {
		query: sql`
			select extract(epoch from bucket_at) * 1000 as at, sessions, complete from statistics_times
			where site_id = ${scope.id} and grain = ${period.grain} and bucket_at >= ${toIsoString(period.from)}
				and bucket_at < ${toIsoString(period.to)} and sessions > 0`,
		parse: (rows) => z.array(hourCount).parse(rows),
	};
}

const valueRow = z.object({
	/** Null for all sites together. */
	site: z.string().nullable(),
	kind: z.string(),
	key: z.string(),
	campaign: z.string(),
	currency: z.string(),
	value: z.coerce.number(),
});
export type ValueRow = z.infer<typeof valueRow>;

/** Returns the query for the value of won leads by kind, key and currency; for totals, greetings and versions, also by site. */
export function readValues(scope: Scope, period: Period): Read<ValueRow[]> {
	const perSiteCondition = sql`kind in ('total', 'greeting', 'version')`;
	const siteCondition = scope.isAll
		? sql`(site_id = ${ALL_SITES} and kind not in ('greeting', 'version') or site_id <> ${ALL_SITES} and ${perSiteCondition})`
		: sql`site_id = ${scope.id}`;
	return {
		query: sql`
			select site.key as site, kind, v.key, campaign, currency, value from (
				select site_id, kind, case kind when 'source' then ${selectSourceName(sql`key`)} else key end as key,
					campaign, currency, sum(value) as value
				from statistics_values where ${siteCondition} and ${createBucketCondition(period)}
				group by 1, 2, 3, 4, 5 having sum(value) > 0
			) v left join sites site on site.id = v.site_id
			order by value desc, currency limit 2000`,
		parse: (rows) => z.array(valueRow).parse(rows),
	};
}
