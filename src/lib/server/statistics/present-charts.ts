import type { Statistics } from '#lib/contract/statistics.ts';
import { FUNNEL_STEPS } from '#lib/contract/statistics-rows.ts';
import { shareOf } from './figures.ts';
import type { Period } from './period.ts';
import type { Figures } from './read-times.ts';
import { clockOf } from './time-zone.ts';

/** The funnel: what widgets did not tell of (full-page chats, other channels) was shown and opened all the same. */
export function presentFunnel({ counts }: Figures): Statistics['funnel'] {
	const opened = Math.max(counts.opened, counts.sessions);
	const steps = {
		shown: Math.max(counts.shown, opened),
		opened,
		engaged: counts.engaged,
		contact_given: counts.contact_given,
		completed: counts.completed,
		delivered: counts.delivered,
	};
	return FUNNEL_STEPS.map((step, index) => {
		const previous = FUNNEL_STEPS[index - 1];
		return {
			step,
			count: steps[step],
			of_previous: previous ? shareOf(steps[step], steps[previous]) : null,
			of_first: shareOf(steps[step], steps.shown),
		};
	});
}

/** The 168 hours of the week, as clocks of the zone show them. */
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
		const clock = new Date(clockOf(time_zone, at));
		const cell = hours[((clock.getUTCDay() + 6) % 7) * 24 + clock.getUTCHours()];
		if (!cell) continue;
		cell.sessions += sessions;
		cell.complete += complete;
	}
	return hours;
}
