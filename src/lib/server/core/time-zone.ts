const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
	const format =
		formats.get(zone) ??
		new Intl.DateTimeFormat('en-US', {
			timeZone: zone,
			hourCycle: 'h23',
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
			hour: 'numeric',
			minute: 'numeric',
			second: 'numeric',
		});
	formats.set(zone, format);
	return format;
}

/** Returns the wall-clock time in a zone, encoded as if it were UTC. */
export function clockOf(zone: string, ms: number): number {
	const parts = new Map(
		formatOf(zone)
			.formatToParts(ms)
			.map(({ type, value }) => [type, Number(value)]),
	);
	const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
	const [month, day, hour] = [part('month') - 1, part('day'), part('hour')];
	return Date.UTC(part('year'), month, day, hour, part('minute'), part('second'));
}

/** Returns the calendar day of a time in a zone, as `YYYY-MM-DD`. */
export const dayOf = (zone: string, ms: number): string => isoDay(clockOf(zone, ms));

/** Returns the calendar day a number of days later, or earlier if negative. */
export const addDays = (day: string, days: number): string =>
	isoDay(Date.parse(day) + days * DAY_MS);

const isoDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** Returns when a calendar day starts in a zone: at midnight, or at the clock change where that skips midnight. */
export function startOfDay(zone: string, day: string): number {
	const midnight = Date.parse(day);
	const offsetAt = (ms: number) => clockOf(zone, ms) - ms;
	const candidates = [
		midnight - offsetAt(midnight - DAY_MS),
		midnight - offsetAt(midnight + DAY_MS),
	];
	const starts = candidates.filter((ms) => dayOf(zone, ms) === day && dayOf(zone, ms - 1000) < day);
	return Math.min(...starts, starts.length === 0 ? Math.max(...candidates) : Infinity);
}
