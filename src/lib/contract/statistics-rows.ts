import { z } from 'zod';
import { count, share } from './measures.ts';

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
