export const WEEKDAYS = [
	'Monday',
	'Tuesday',
	'Wednesday',
	'Thursday',
	'Friday',
	'Saturday',
	'Sunday',
] as const;

/** Color steps from none to the maximum. */
export const STEPS = 5;

/** Returns a count's color step: 0 for none, 4 for the maximum. */
export function stepOf(count: number, most: number): number {
	if (count <= 0 || most <= 0) return 0;
	return Math.min(STEPS - 1, Math.ceil((count / most) * (STEPS - 1)));
}

/** "14:00–15:00" */
export const hourName = (hour: number) =>
	`${String(hour).padStart(2, '0')}:00–${String((hour + 1) % 24).padStart(2, '0')}:00`;

/** Names the busiest hour of the week. `counts` is weekday by hour, Monday first. */
export function summarizeHeat(counts: readonly (readonly number[])[], unit: string): string {
	let busiest = { day: 0, hour: 0, count: 0 };
	counts.forEach((hours, day) =>
		hours.forEach((count, hour) => {
			if (count > busiest.count) busiest = { day, hour, count };
		}),
	);
	if (busiest.count === 0) return `No ${unit} in this period.`;
	return `Busiest: ${WEEKDAYS[busiest.day] ?? ''}, ${hourName(busiest.hour)} (${busiest.count} ${unit}).`;
}
