import { z } from 'zod';

export const count = z.number().int().nonnegative();
/** 0 to 1. Null if the denominator is 0. */
export const share = z.number().min(0).max(1).nullable();
export const seconds = z.number().nonnegative().nullable();
export const milliseconds = z.number().nonnegative().nullable();

/** The total value of won leads, by currency. Amounts of different currencies are never added. */
export const wonValues = z.array(
	z.object({ currency: z.string(), value: z.number() }).meta({ id: 'Money' }),
);

/** The outcomes of the leads that a row counts. */
const outcomeCounts = {
	/** Worth pursuing: qualified, won or lost. */
	qualified: count,
	won: count,
	/** Won leads' share of those with a final outcome: won, lost or disqualified. */
	win_rate: share,
	won_values: wonValues,
};

export const FUNNEL_STEPS = [
	'shown',
	'opened',
	'engaged',
	'contact_given',
	'completed',
	'delivered',
] as const;
export type FunnelStep = (typeof FUNNEL_STEPS)[number];

/**
 * Steps are in the order of FUNNEL_STEPS, and none exceeds the previous one. `engaged` equals `totals.ai_engaged`, or
 * `contact_given` if that is higher, because chats can have details without an answer from the AI. `contact_given` counts
 * chats with contact details or with all details that their site requires. `completed` equals `totals.complete`.
 */
export const funnelStep = z
	.object({
		step: z.enum(FUNNEL_STEPS),
		count,
		/** Share of the previous step. Null for the first. */
		of_previous: share,
		/** Share of the first step. */
		of_first: share,
	})
	.meta({ id: 'FunnelStep' });

/** One hour of the week in the time zone: weekday 1 (Monday) to 7, hour 0 to 23. All 168 are listed in order. */
export const statisticsHour = z.object({
	weekday: z.number().int().min(1).max(7),
	hour: z.number().int().min(0).max(23),
	sessions: count,
	complete: count,
});

export const sourceRow = z
	.object({
		/** `utm_source`, or the ad network of a click id, or the referrer's network or host, or `direct`. */
		source: z.string(),
		/** `utm_campaign`, or an empty string. */
		campaign: z.string(),
		shown: count,
		opened: count,
		sessions: count,
		ai_engaged: count,
		contact_given: count,
		complete: count,
		leads: count,
		completion_rate: share,
		...outcomeCounts,
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
		...outcomeCounts,
	})
	.meta({ id: 'SiteStatistics' });

/** The key for chats whose AI did not report which question it asked. No question can have it. */
export const UNKNOWN_QUESTION = '?';

/** The number of abandoned chat sessions that ended with this question unanswered. */
export const questionDropOff = z
	.object({
		/** The question's key. Empty if every question was answered, `?` if the AI did not report it. */
		key: z.string(),
		label: z.string(),
		abandoned: count,
		/** Share of all abandoned chat sessions. */
		share,
	})
	.meta({ id: 'QuestionDropOff' });

/** The number of chat sessions that captured a lead field, and of those that were abandoned right after it. */
export const fieldDropOff = z
	.object({
		/** The field's key. Empty if no field was captured. */
		key: z.string(),
		label: z.string(),
		captured: count,
		/** Share of all chat sessions. */
		captured_share: share,
		abandoned_after: count,
		/** Share of the abandoned and complete chat sessions in which this field was captured last. */
		abandoned_share: share,
		/** The outcomes of the leads with this field. */
		...outcomeCounts,
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
		/** Bounds of the 95% Wilson interval. */
		low: z.number().min(0).max(1),
		high: z.number().min(0).max(1),
		/** `leads` beats every other greeting of its site, `trails` loses to one, otherwise it is too early to tell. */
		verdict: z.enum(['leads', 'trails', 'too_early']),
		...outcomeCounts,
	})
	.meta({ id: 'GreetingStatistics' });

/** The lowest score of each band. */
export const SCORE_BANDS = [0, 25, 50, 75] as const;

/** The outcomes of leads by score, which show whether a high score means a good lead. */
export const scoreBand = z
	.object({
		/** The lowest and highest score of the band. */
		from: z.number().int(),
		to: z.number().int(),
		disqualified: count,
		lost: count,
		...outcomeCounts,
	})
	.meta({ id: 'ScoreBand' });
