import { z } from 'zod';
import { filterText, timestamp } from './common.ts';
import { count, milliseconds, seconds, share } from './measures.ts';
import {
	fieldDropOff,
	funnelStep,
	greetingRow,
	questionDropOff,
	reasonRow,
	reviewerRow,
	siteRow,
	sourceRow,
	statisticsHour,
} from './statistics-rows.ts';
import { calendarDay, timeZone } from './time-zone.ts';

export const LONGEST_PERIOD_DAYS = 400;

/** Earlier, zones had offsets of odd seconds; later, days have no four-digit year to be written with. */
const bound = z
	.union([calendarDay, timestamp])
	.refine((time) => time >= '2000' && time < '2100', 'a time from 2000 to 2099 is expected');

/** Days (the last one included) or points in time (the last one excluded); by default the last 30 days. */
export const statisticsQuery = z.object({
	from: bound.optional(),
	to: bound.optional(),
	time_zone: timeZone.default('UTC'),
	/** A site's key; absent: all sites. */
	site: filterText.optional(),
});
export type StatisticsQuery = z.input<typeof statisticsQuery>;

/** What all sections have in common: every number is of the chat sessions that began in the period. */
const figures = {
	sessions: count,
	/** The AI has answered at least one message of the visitor. */
	ai_engaged: count,
	complete: count,
	leads: count,
	/** `complete` of `sessions`. */
	completion_rate: share,
	/** Median of the time from the start of the chat session to its completion. */
	time_to_complete_s: seconds,
	/** Of the chat sessions that are over. */
	messages_per_chat: z.number().nonnegative().nullable(),
	/** From the call of the AI to its first byte, and to its whole answer. */
	first_byte_ms_p50: milliseconds,
	first_byte_ms_p95: milliseconds,
	answer_ms_p50: milliseconds,
	answer_ms_p95: milliseconds,
	/** AI turns that have ended; of them, how many failed, and how many gave the fallback reply. */
	turns: count,
	failed_turns: count,
	fallback_turns: count,
	failure_rate: share,
	fallback_rate: share,
	/** Passed, or fixed after an issue and passed again, of all that were judged. */
	pass_rate: share,
};

const statisticsTotals = z
	.object({
		...figures,
		abandoned: count,
		in_progress: count,
		archived: count,
		qa: z.object({ unchecked: count, passed: count, issue: count, fixed: count }),
	})
	.meta({ id: 'StatisticsTotals' });
export type StatisticsTotals = z.infer<typeof statisticsTotals>;

const statisticsDay = z
	.object({ date: calendarDay, ...figures, abandoned: count })
	.meta({ id: 'StatisticsDay' });
export type StatisticsDay = z.infer<typeof statisticsDay>;

const period = z.object({ from: timestamp, to: timestamp, time_zone: z.string() });

export const statistics = z
	.object({
		period,
		/** As many days right before; what `previous` and `daily_previous` are of. */
		previous_period: period,
		totals: statisticsTotals,
		previous: statisticsTotals,
		/** Every day of the period, those without chat sessions too. */
		daily: z.array(statisticsDay),
		daily_previous: z.array(statisticsDay),
		funnel: z.array(funnelStep),
		hours: z.array(statisticsHour),
		/** By chat sessions, the largest first: at most 100. */
		sources: z.array(sourceRow),
		sites: z.array(siteRow),
		questions: z.array(questionDropOff),
		fields: z.array(fieldDropOff),
		reviewers: z.array(reviewerRow),
		reasons: z.array(reasonRow),
		greetings: z.array(greetingRow),
	})
	.meta({ id: 'Statistics' });
export type Statistics = z.infer<typeof statistics>;

/** The tables that `GET /api/stats.csv?table=` gives. */
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
] as const;
export const statisticsTableQuery = statisticsQuery.extend({ table: z.enum(STATISTICS_TABLES) });
export type StatisticsTableQuery = z.input<typeof statisticsTableQuery>;
