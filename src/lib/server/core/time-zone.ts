const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function getFormat(zone: string): Intl.DateTimeFormat {
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

/** Returns the wall-clock time in a zone, as the ms of the same time in UTC. */
export function getWallClock(zone: string, ms: number): number {
	const parts = new Map(
		getFormat(zone)
			.formatToParts(ms)
			.map(({ type, value }) => [type, Number(value)]),
	);
	const getPart = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
	const [month, day, hour] = [getPart('month') - 1, getPart('day'), getPart('hour')];
	return Date.UTC(getPart('year'), month, day, hour, getPart('minute'), getPart('second'));
}

/** Returns the calendar day of a time in a zone, as `YYYY-MM-DD`. */
export const getDay = (zone: string, ms: number): string => toIsoDay(getWallClock(zone, ms));

/** Returns the calendar day a number of days later, or earlier if negative. */
export const addDays = (day: string, days: number): string =>
	toIsoDay(Date.parse(day) + days * DAY_MS);

const toIsoDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** Returns when a calendar day starts in a zone: at midnight, or at the clock change if it skips midnight. */
export function getStartOfDay(zone: string, day: string): number {
	const midnight = Date.parse(day);
	const getOffset = (ms: number) => getWallClock(zone, ms) - ms;
	const candidates = [
		midnight - getOffset(midnight - DAY_MS),
		midnight - getOffset(midnight + DAY_MS),
	];
	const starts = candidates.filter(
		(ms) => getDay(zone, ms) === day && getDay(zone, ms - 1000) < day,
	);
	return Math.min(...starts, starts.length === 0 ? Math.max(...candidates) : Infinity);
}
