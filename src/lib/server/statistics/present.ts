import type { Statistics, StatisticsDay, StatisticsTotals } from '#lib/contract/statistics.ts';
import { FUNNEL_STEPS } from '#lib/contract/statistics-rows.ts';
import { getQuantile } from './counters.ts';
import type { Period } from './period.ts';
import type { Figures } from './read-counters.ts';
import { getWallClock } from '../core/time-zone.ts';

/** Returns `part / whole`, rounded to four decimals and at most 1; null when the whole is 0. */
export const getShare = (part: number, whole: number): number | null =>
	whole > 0 ? Math.min(1, Math.round((part / whole) * 10_000) / 10_000) : null;

/** Returns the share of won leads among those with a final outcome. */
export const getWinRate = ({
	won,
	lost,
	disqualified,
}: Record<'won' | 'lost' | 'disqualified', number>) => getShare(won, won + lost + disqualified);

/** Returns the figures that days and totals have in common. */
export function presentFigures({ counts, bins }: Figures): Omit<StatisticsDay, 'date'> {
	const { sessions, complete, abandoned, turns, failed_turns, fallback_turns, messages } = counts;
	const endedCount = complete + abandoned;
	return {
		sessions,
		ai_engaged: counts.ai_engaged,
		complete,
		abandoned,
		leads: counts.leads,
		completion_rate: getShare(complete, sessions),
		time_to_complete_s: getQuantile('complete_bins', bins.complete_bins, 0.5),
		messages_per_chat: endedCount > 0 ? Math.round((messages / endedCount) * 100) / 100 : null,
		first_byte_ms_p50: getQuantile('first_byte_bins', bins.first_byte_bins, 0.5),
		first_byte_ms_p95: getQuantile('first_byte_bins', bins.first_byte_bins, 0.95),
		answer_ms_p50: getQuantile('answer_bins', bins.answer_bins, 0.5),
		answer_ms_p95: getQuantile('answer_bins', bins.answer_bins, 0.95),
		turns,
		failed_turns,
		fallback_turns,
		failure_rate: getShare(failed_turns, turns),
		fallback_rate: getShare(fallback_turns, turns),
		handoffs: counts.handoffs,
		handoffs_taken: counts.handoffs_taken,
		handoffs_missed: counts.handoffs_missed,
		handoff_s_p50: getQuantile('handoff_bins', bins.handoff_bins, 0.5),
		qualified: counts.qualified,
		disqualified: counts.disqualified,
		won: counts.won,
		lost: counts.lost,
		win_rate: getWinRate(counts),
		pass_rate: getShare(counts.passed, counts.passed + counts.issue + counts.fixed),
	};
}

export function presentTotals(
	figures: Figures,
	won_values: StatisticsTotals['won_values'],
): StatisticsTotals {
	const { sessions, complete, abandoned, archived, unchecked, passed, issue, fixed } =
		figures.counts;
	return {
		...presentFigures(figures),
		in_progress: sessions - complete - abandoned,
		archived,
		won_values,
		qa: { unchecked, passed, issue, fixed },
	};
}

/**
 * Returns the steps of the funnel. Chats without widget events (full-page, other channels) count as shown and opened. A
 * completed chat has everything that its site requires, so it counts as having contact details even if it has none. Engaged
 * chats are those of the totals, unless more have details without an AI answer, such as from `identify`.
 */
export function presentFunnel({ counts }: Figures): Statistics['funnel'] {
	const opened = Math.max(counts.opened, counts.sessions);
	const withDetails = counts.contact_given + counts.complete - counts.completed;
	const steps = {
		shown: Math.max(counts.shown, opened),
		opened,
		engaged: Math.max(counts.ai_engaged, withDetails),
		contact_given: withDetails,
		completed: counts.complete,
		delivered: counts.delivered,
	};
	return FUNNEL_STEPS.map((step, index) => {
		const previous = FUNNEL_STEPS[index - 1];
		return {
			step,
			count: steps[step],
			of_previous: previous ? getShare(steps[step], steps[previous]) : null,
			of_first: getShare(steps[step], steps.shown),
		};
	});
}

/** Returns the chats started and completed in each of the week's 168 hours, from Monday 00:00, in the period's time zone. */
export function presentHours(
	{ time_zone }: Period,
	buckets: { at: number; sessions: number; complete: number }[],
): Statistics['hours'] {
	const hours = Array.from({ length: 168 }, (_, index) => ({
		weekday: Math.floor(index / 24) + 1,
		hour: index % 24,
		sessions: 0,
		complete: 0,
	}));
	for (const { at, sessions, complete } of buckets) {
		const clock = new Date(getWallClock(time_zone, at));
		const cell = hours[((clock.getUTCDay() + 6) % 7) * 24 + clock.getUTCHours()];
		if (!cell) continue;
		cell.sessions += sessions;
		cell.complete += complete;
	}
	return hours;
}
