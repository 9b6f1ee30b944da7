import { z } from 'zod';
import { filterText, timestamp } from './common';
import { siteKey } from './site';
import { cleanString } from './text';
import { visitorContext } from './visitor-context';

export const LONGEST_PERIOD_DAYS = 400;

const count = z.number().int().nonnegative();
/** 0 to 1; null while there is nothing to divide by. */
const share = z.number().min(0).max(1).nullable();
const seconds = z.number().nonnegative().nullable();
const milliseconds = z.number().nonnegative().nullable();

/** A calendar day of the time zone in question, `YYYY-MM-DD`. */
export const calendarDay = z.iso.date();

/** Earlier, zones had offsets of odd seconds; later, days have no four-digit year to be written with. */
const bound = z
	.union([calendarDay, timestamp])
	.refine((time) => time >= '2000' && time < '2100', 'a time from 2000 to 2099 is expected');

const knownTimeZone = (name: string) => {
	// Offsets such as +05:30 are no names: nothing is known of their daylight saving.
	if (!/^[A-Za-z]/.test(name)) return false;
	try {
		new Intl.DateTimeFormat('en', { timeZone: name });
		return true;
	} catch {
		return false;
	}
};
export const timeZone = cleanString(64, 1).refine(
	knownTimeZone,
	'not a time zone; an IANA name such as Europe/Berlin is expected',
);

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

export const statisticsTotals = z
	.object({
		...figures,
		abandoned: count,
		in_progress: count,
		archived: count,
		qa: z.object({ unchecked: count, passed: count, issue: count, fixed: count }),
	})
	.meta({ id: 'StatisticsTotals' });
export type StatisticsTotals = z.infer<typeof statisticsTotals>;

export const statisticsDay = z
	.object({ date: calendarDay, ...figures, abandoned: count })
	.meta({ id: 'StatisticsDay' });
export type StatisticsDay = z.infer<typeof statisticsDay>;

export const FUNNEL_STEPS = [
	'shown',
	'opened',
	'engaged',
	'contact_given',
	'completed',
	'delivered',
] as const;
export type FunnelStep = (typeof FUNNEL_STEPS)[number];

/** In the order of FUNNEL_STEPS; no step exceeds the one before. */
export const funnelStep = z
	.object({
		step: z.enum(FUNNEL_STEPS),
		count,
		/** Of the step before; null for the first. */
		of_previous: share,
		/** Of the first step. */
		of_first: share,
	})
	.meta({ id: 'FunnelStep' });

/** Hour of the week in the time zone: weekday 1 (Monday) to 7, hour 0 to 23; all 168, in order. */
export const statisticsHour = z.object({
	weekday: z.number().int().min(1).max(7),
	hour: z.number().int().min(0).max(23),
	sessions: count,
	complete: count,
});

export const sourceRow = z
	.object({
		/** `utm_source`, else the ad network of a click id, else the referrer's host, else `direct`. */
		source: z.string(),
		/** `utm_campaign`, or empty. */
		campaign: z.string(),
		shown: count,
		opened: count,
		sessions: count,
		ai_engaged: count,
		contact_given: count,
		complete: count,
		leads: count,
		completion_rate: share,
	})
	.meta({ id: 'SourceRow' });

export const siteRow = z
	.object({
		site: z.string(),
		site_name: z.string(),
		sessions: count,
		ai_engaged: count,
		complete: count,
		leads: count,
		completion_rate: share,
		turns: count,
		failure_rate: share,
		pass_rate: share,
	})
	.meta({ id: 'SiteStatistics' });

/** A question at which visitors fell silent: of the abandoned chat sessions, how many were asked it last. */
export const questionDropOff = z
	.object({
		/** The question's key; empty: none was open any more. */
		key: z.string(),
		label: z.string(),
		abandoned: count,
		/** Of all abandoned chat sessions. */
		share,
	})
	.meta({ id: 'QuestionDropOff' });

/** A lead's field: in how many chat sessions it is known, and how many were abandoned right after it was given. */
export const fieldDropOff = z
	.object({
		/** The field's key; empty: nothing was known. */
		key: z.string(),
		label: z.string(),
		captured: count,
		/** Of all chat sessions. */
		captured_share: share,
		abandoned_after: count,
		/** Of those abandoned and complete chat sessions whose last field this is. */
		abandoned_share: share,
	})
	.meta({ id: 'FieldDropOff' });

export const reviewerRow = z
	.object({ reviewer: z.string(), passed: count, issue: count, fixed: count })
	.meta({ id: 'ReviewerStatistics' });
export const reasonRow = z.object({ reason: z.string(), count }).meta({ id: 'ReasonStatistics' });

export const greetingRow = z
	.object({
		site: z.string(),
		/** The key of the site's greeting. */
		variant: z.string(),
		text: z.string().nullable(),
		opened: count,
		/** Complete chat sessions with a lead. */
		completed: count,
		rate: share,
		/** Wilson interval at 95 %. */
		low: z.number().min(0).max(1),
		high: z.number().min(0).max(1),
		/** `leads` beats every other of its site, `trails` is beaten by one, else it is too early to tell. */
		verdict: z.enum(['leads', 'trails', 'too_early']),
	})
	.meta({ id: 'GreetingStatistics' });

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
export const STATISTICS_TABLES = [
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
export type StatisticsTable = (typeof STATISTICS_TABLES)[number];
export const statisticsTableQuery = statisticsQuery.extend({ table: z.enum(STATISTICS_TABLES) });
export type StatisticsTableQuery = z.input<typeof statisticsTableQuery>;

export const overviewQuery = statisticsQuery.pick({ time_zone: true, site: true });
export type OverviewQuery = z.input<typeof overviewQuery>;

const soFar = z.object({
	sessions: count,
	ai_engaged: count,
	complete: count,
	leads: count,
	completion_rate: share,
	answer_ms_p50: milliseconds,
});
export type OverviewFigures = z.infer<typeof soFar>;

/** Today, each against the same time of day before. */
export const overview = z
	.object({
		as_of: timestamp,
		today: soFar,
		/** Up to the same time of the day. */
		yesterday: soFar,
		last_week: soFar,
		/** The last 14 days, today included. */
		trend: z.array(z.object({ date: calendarDay, sessions: count, complete: count, leads: count })),
		/** Open chat sessions with a message in the last five minutes. */
		live_chats: count,
		needs_attention: z.object({
			failed_deliveries: count,
			unresolved_errors: count,
			open_issues: count,
			/** Complete chat sessions that nobody has reviewed. */
			unchecked_completed: count,
			/** Leads whom nobody has contacted within the time that was promised. */
			overdue_leads: count,
		}),
	})
	.meta({ id: 'Overview' });
export type Overview = z.infer<typeof overview>;

/** Above this, `needs_attention` and `live_chats` say so many and count no further. */
export const MOST_COUNTED = 1000;

export const widgetEvent = z.object({
	site: siteKey,
	event: z.enum(['shown', 'opened']),
	/** Where the visitor came from, as at the start of a chat session. */
	context: visitorContext.optional(),
});
export type WidgetEvent = z.infer<typeof widgetEvent>;

/** What `POST /api/embed-chat/events` takes: one event, or some. As text/plain too, as sendBeacon sends it. */
export const widgetEvents = z
	.union([widgetEvent, z.array(widgetEvent).min(1).max(20)])
	.meta({ id: 'WidgetEvents' });
export type WidgetEvents = z.infer<typeof widgetEvents>;
