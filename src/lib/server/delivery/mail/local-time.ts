const HOUR_MS = 3_600_000;

const partsIn = (timeZone: string, at: Date) => {
	const format = new Intl.DateTimeFormat('en-GB', {
		timeZone,
		hourCycle: 'h23',
		year: 'numeric',
		month: '2-digit',
		day: '2-digit',
		hour: '2-digit',
		minute: '2-digit',
		second: '2-digit',
	});
	const parts = Object.fromEntries(
		format.formatToParts(at).map(({ type, value }) => [type, value]),
	);
	return {
		date: `${parts['year']}-${parts['month']}-${parts['day']}`,
		hour: Number(parts['hour']),
		minute: Number(parts['minute']),
		second: Number(parts['second']),
	};
};

/** The hour on a clock in this zone, 0 to 23. */
export const hourIn = (timeZone: string, at: Date): number => partsIn(timeZone, at).hour;

/** "Sunday, 22 November 2026". */
export const dayIn = (timeZone: string, at: Date): string =>
	new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'full' }).format(at);

/** When the day that it is there began; where clocks change it may have 23 or 25 hours. */
export function midnight(timeZone: string, at: Date): Date {
	const { date, hour, minute, second } = partsIn(timeZone, at);
	const guess = at.getTime() - ((hour * 60 + minute) * 60 + second) * 1000 - at.getMilliseconds();
	// A change of the clocks since then moves the guess by up to an hour or two.
	for (const shift of [0, 1, -1, 2, -2]) {
		const candidate = new Date(guess + shift * HOUR_MS);
		const parts = partsIn(timeZone, candidate);
		const isDay = parts.date === date && parts.hour === 0 && parts.minute === 0;
		const before = partsIn(timeZone, new Date(candidate.getTime() - 1));
		if (isDay && before.date !== date) return candidate;
	}
	return new Date(guess);
}
