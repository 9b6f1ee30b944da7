import { formatHour } from '#lib/client/format/times.ts';
import type { HourCycle } from '#lib/locale.ts';

export const WEEKDAYS = [
	'Monday',
	'Tuesday',
	'Wednesday',
	'Thursday',
	'Friday',
	'Saturday',
	'Sunday',
] as const;

/** The number of color steps, from none to the maximum. */
export const COLOR_STEPS = 5;

/** Returns a count's color step: 0 for none, 4 for the maximum. */
export function getColorStep(count: number, max: number): number {
	if (count <= 0 || max <= 0) return 0;
	return Math.min(COLOR_STEPS - 1, Math.ceil((count / max) * (COLOR_STEPS - 1)));
}

/** "2 PM–3 PM" or "14:00–15:00". */
export const formatHourRange = (hour: number, cycle?: HourCycle) =>
	`${formatHour(hour, cycle)}–${formatHour(hour + 1, cycle)}`;

/** Names the busiest hour of the week. `counts` is by weekday and hour, Monday first. */
export function summarizeHeat(
	counts: readonly (readonly number[])[],
	unit: string,
	cycle?: HourCycle,
): string {
	let busiest = { day: 0, hour: 0, count: 0 };
	counts.forEach((hours, day) =>
		hours.forEach((count, hour) => {
			if (count > busiest.count) busiest = { day, hour, count };
		}),
	);
	if (busiest.count === 0) return `No ${unit} in this period.`;
	return `Busiest: ${WEEKDAYS[busiest.day] ?? ''}, ${formatHourRange(busiest.hour, cycle)} (${busiest.count} ${unit}).`;
}
