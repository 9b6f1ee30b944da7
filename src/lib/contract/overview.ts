import { z } from 'zod';
import { timestamp } from './common.ts';
import { count, milliseconds, share } from './measures.ts';
import { statisticsQuery } from './statistics.ts';
import { calendarDay } from './time-zone.ts';

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
