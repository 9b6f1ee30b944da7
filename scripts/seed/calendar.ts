import type { Random } from './random.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const DAYS = 90;

/** How busy the hours of a day are, in UTC; and the days of a week, from Sunday. */
const HOURS = [
	2, 1, 1, 1, 1, 2, 4, 7, 10, 13, 14, 13, 12, 13, 14, 14, 13, 12, 12, 13, 13, 10, 7, 4,
];
const WEEKDAYS = [0.62, 1.15, 1.12, 1.06, 1, 0.92, 0.68];
/** Traffic has grown by so much in the 90 days. */
const GROWTH = 0.6;

/**
 * When so many chat sessions began, oldest first, hour by hour: by the hour of the week, with growth and good and bad
 * days. Some have begun in the last minutes, whatever the hour.
 */
export function* beginnings(random: Random, total: number, now: Date): Generator<Date[]> {
	const live = Math.min(8, Math.ceil(total / 100));
	const weights = hourlyWeights(random, now);
	const sum = weights.reduce((all, { weight }) => all + weight, 0);
	let due = 0;
	let given = 0;
	for (const { from, weight } of weights) {
		due += ((total - live) * weight) / sum;
		const here = Math.round(due) - given;
		given += here;
		// Whoever came in the last minute is not greeted yet.
		const end = Math.max(0, Math.min(HOUR, now.getTime() - MINUTE - from));
		yield timesBetween(random, from, end, here);
	}
	yield timesBetween(random, now.getTime() - 9 * MINUTE, 8 * MINUTE, live);
}

function hourlyWeights(random: Random, now: Date): { from: number; weight: number }[] {
	const start = Math.floor((now.getTime() - DAYS * DAY) / HOUR) * HOUR;
	let mood = 1;
	return Array.from({ length: DAYS * 24 }, (_, index) => {
		const at = new Date(start + index * HOUR);
		if (at.getUTCHours() === 0) mood = random.around(1, 0.12);
		const growth = 1 + (GROWTH * index) / (DAYS * 24);
		const hour = HOURS[at.getUTCHours()] ?? 1;
		const weekday = WEEKDAYS[at.getUTCDay()] ?? 1;
		return { from: at.getTime(), weight: hour * weekday * growth * mood };
	});
}

const timesBetween = (random: Random, from: number, length: number, count: number): Date[] =>
	Array.from({ length: count }, () => from + Math.floor(random.next() * length))
		.sort((a, b) => a - b)
		.map((time) => new Date(time));
