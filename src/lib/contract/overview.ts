import { z } from 'zod';
import { timestamp } from './common.ts';
import { count, milliseconds, share } from './statistics-rows.ts';
import { statisticsQuery } from './statistics.ts';
import { calendarDay } from './calendar.ts';

export const overviewQuery = statisticsQuery.pick({ time_zone: true, site: true });
export type OverviewQuery = z.input<typeof overviewQuery>;

const figures = z.object({
	sessions: count,
	ai_engaged: count,
	complete: count,
	leads: count,
	completion_rate: share,
	answer_ms_p50: milliseconds,
});
export type OverviewFigures = z.infer<typeof figures>;

/** Today so far, compared with the same part of yesterday and of the same day last week. */
export const overview = z
	.object({
		as_of: timestamp,
		today: figures,
		/** Up to the same time of day, as is `last_week`. */
		yesterday: figures,
		last_week: figures,
		/** The last 14 days, including today. */
		trend: z.array(z.object({ date: calendarDay, sessions: count, complete: count, leads: count })),
		/** Open chat sessions with a message in the last five minutes. */
		live_chats: count,
		needs_attention: z.object({
			failed_deliveries: count,
			unresolved_errors: count,
			open_issues: count,
			/** Chat sessions in the review queue. */
			to_review: count,
			/** Complete chat sessions not yet reviewed. */
			unchecked_completed: count,
			/** Leads not contacted by their deadline. */
			overdue_leads: count,
			/** Visitors waiting for a person. */
			waiting_visitors: count,
			/** Chats in progress that the built-in AI answers because the site's AI failed. */
			rescued_chats: count,
			/** Chats whose AI claimed completion without the details that the site requires. */
			claimed_completions: count,
			/** Chats that are in progress again because their completion was undone. */
			withdrawn_leads: count,
			/** Delivered leads whose amendment is not delivered yet. */
			pending_updates: count,
		}),
		/** Sites whose AI is down and replaced by the built-in AI, longest outage first. */
		failing_sites: z.array(
			z.object({ site: z.string(), site_name: z.string(), ai_down_since: timestamp }),
		),
	})
	.meta({ id: 'Overview' });
export type Overview = z.infer<typeof overview>;

/** The first steps that a new installation has completed. */
const firstSteps = z.object({
	/** Whether a chat has started on the demo page, or on a page outside Frontdesk, which makes the demo unnecessary. */
	has_tried_demo: z.boolean(),
	/** Whether a visitor has chatted on a page outside Frontdesk. */
	is_embedded: z.boolean(),
	/** Whether a site uses a connector other than the scripted AI. */
	has_workflow: z.boolean(),
	has_team: z.boolean(),
});
export type FirstSteps = z.infer<typeof firstSteps>;
