import { z } from 'zod';
import { filterText, anyTimestamp, timestamp } from './common.ts';
import {
	count,
	fieldDropOff,
	funnelStep,
	greetingRow,
	milliseconds,
	questionDropOff,
	reasonRow,
	reviewerRow,
	scoreBand,
	seconds,
	share,
	siteRow,
	sourceRow,
	statisticsHour,
	wonValues,
} from './statistics-rows.ts';
import { calendarDay, timeZone } from './calendar.ts';

export const MAX_PERIOD_DAYS = 400;

/** Limited to the years 2000 to 2099, because historic time zone offsets include seconds. */
const bound = z
	.union([calendarDay, anyTimestamp])
	.refine((time) => time >= '2000' && time < '2100', 'expected a time from 2000 to 2099');

/** Days (`to` is inclusive) or timestamps (`to` is exclusive). Defaults to the last 30 days. */
export const statisticsQuery = z.object({
	from: bound.optional(),
	to: bound.optional(),
	time_zone: timeZone.default('UTC'),
	/** A site's key. Defaults to all sites. */
	site: filterText.optional(),
	/** Adds the figures of each version of the AI. */
	group_by: z.enum(['version']).optional(),
});
export type StatisticsQuery = z.input<typeof statisticsQuery>;

/** Figures shared by all sections. They count the chat sessions started in the period. */
const figures = {
	sessions: count,
	/** Chat sessions in which the AI replied to at least one message from the visitor. */
	ai_engaged: count,
	complete: count,
	leads: count,
	/** `complete` divided by `sessions`. */
	completion_rate: share,
	/** Median time from start to completion. */
	time_to_complete_s: seconds,
	/** Average over ended chat sessions. */
	messages_per_chat: z.number().nonnegative().nullable(),
	/** Time from calling the AI to its first byte, and to the complete reply. */
	first_byte_ms_p50: milliseconds,
	first_byte_ms_p95: milliseconds,
	answer_ms_p50: milliseconds,
	answer_ms_p95: milliseconds,
	/** Ended turns, how many of them failed, and how many used the fallback reply. */
	turns: count,
	failed_turns: count,
	fallback_turns: count,
	failure_rate: share,
	fallback_rate: share,
	/** Handoffs requested, taken and missed, and the median time until a person joined. */
	handoffs: count,
	handoffs_taken: count,
	handoffs_missed: count,
	handoff_s_p50: seconds,
	/** Leads by outcome: worth pursuing (qualified, won or lost), disqualified, won, lost. */
	qualified: count,
	disqualified: count,
	won: count,
	lost: count,
	/** Won leads' share of those with a final outcome: won, lost or disqualified. */
	win_rate: share,
	/** The share of reviewed chat sessions that passed, at first or after a fix. */
	pass_rate: share,
};

const statisticsTotals = z
	.object({
		...figures,
		abandoned: count,
		in_progress: count,
		archived: count,
		/** The total value of won leads, by currency. */
		won_values: wonValues,
		qa: z.object({ unchecked: count, passed: count, issue: count, fixed: count }),
	})
	.meta({ id: 'StatisticsTotals' });
export type StatisticsTotals = z.infer<typeof statisticsTotals>;

const statisticsDay = z
	.object({ date: calendarDay, ...figures, abandoned: count })
	.meta({ id: 'StatisticsDay' });
export type StatisticsDay = z.infer<typeof statisticsDay>;

/** One version of a site's AI. Chats count under the version that answered first, turns under their own. */
const versionRow = z
	.object({
		site: z.string(),
		site_name: z.string(),
		version: z.string(),
		...figures,
		abandoned: count,
		in_progress: count,
		/** Complete chat sessions with an email address or phone number. */
		completed_leads: count,
		/** Chat sessions that were reviewed. */
		reviewed: count,
		/** The total value of won leads, by currency. */
		won_values: wonValues,
	})
	.meta({ id: 'VersionStatistics' });

/** A version of a site's AI came into use, or has replaced all others. */
const versionChange = z
	.object({
		/** In the time zone of the query. */
		date: calendarDay,
		/** The start of the quarter hour in which the version changed. */
		at: timestamp,
		version: z.string(),
		/** The versions in use before. */
		previous: z.array(z.string()),
	})
	.meta({ id: 'VersionChange' });

const period = z.object({ from: timestamp, to: timestamp, time_zone: z.string() });

export const statistics = z
	.object({
		period,
		/** The preceding period of equal length, which `previous` and `daily_previous` cover. */
		previous_period: period,
		totals: statisticsTotals,
		previous: statisticsTotals,
		/** Every day of the period, including days without chat sessions. */
		daily: z.array(statisticsDay),
		daily_previous: z.array(statisticsDay),
		funnel: z.array(funnelStep),
		hours: z.array(statisticsHour),
		/** At most 100, most chat sessions first. */
		sources: z.array(sourceRow),
		sites: z.array(siteRow),
		questions: z.array(questionDropOff),
		fields: z.array(fieldDropOff),
		reviewers: z.array(reviewerRow),
		reasons: z.array(reasonRow),
		greetings: z.array(greetingRow),
		/** Most chat sessions first, at most 100. Empty unless `group_by` is `version`. */
		versions: z.array(versionRow),
		/** Oldest first, at most 20. Empty unless `group_by` is `version` and `site` is given. */
		version_changes: z.array(versionChange),
		/** One entry per band, the lowest first. */
		scores: z.array(scoreBand),
	})
	.meta({ id: 'Statistics' });
export type Statistics = z.infer<typeof statistics>;

/** The tables that `GET /api/stats.csv?table=` exports. */
const STATISTICS_TABLES = [
	'daily',
	'funnel',
	'hours',
	'sources',
	'sites',
	'questions',
	'fields',
	'reviewers',
	'reasons',
	'greetings',
	'versions',
	'scores',
] as const;
export const statisticsTableQuery = statisticsQuery.extend({ table: z.enum(STATISTICS_TABLES) });
export type StatisticsTableQuery = z.input<typeof statisticsTableQuery>;
