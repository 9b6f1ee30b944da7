import type { Random } from './random.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Chats are spread over this many days before now. */
const DAYS = 90;

/** Relative traffic by hour, in UTC. */
const HOUR_WEIGHTS = [
	2, 1, 1, 1, 1, 2, 4, 7, 10, 13, 14, 13, 12, 13, 14, 14, 13, 12, 12, 13, 13, 10, 7, 4,
];
/** Relative traffic by weekday, from Sunday. */
const WEEKDAY_WEIGHTS = [0.62, 1.15, 1.12, 1.06, 1, 0.92, 0.68];
/** Growth of traffic over these days, as a share of the first day's traffic. */
const GROWTH = 0.6;

/**
 * Generates the start times of chat sessions, oldest first, hour by hour: traffic depends on the hour and weekday, grows,
 * and varies by day. A few start in the last minutes, regardless of the hour.
 */
export function* generateStartTimes(random: Random, total: number, now: Date): Generator<Date[]> {
	const liveCount = Math.min(8, Math.ceil(total / 100));
	const weights = getHourlyWeights(random, now);
	const totalWeight = weights.reduce((sum, { weight }) => sum + weight, 0);
	let expectedCount = 0;
	let generatedCount = 0;
	for (const { from, weight } of weights) {
		expectedCount += ((total - liveCount) * weight) / totalWeight;
		const count = Math.round(expectedCount) - generatedCount;
		generatedCount += count;
		// A chat started in the last minute would not have its greeting yet.
		const end = Math.max(0, Math.min(HOUR, now.getTime() - MINUTE - from));
		yield generateTimes(random, from, end, count);
	}
	yield generateTimes(random, now.getTime() - 9 * MINUTE, 8 * MINUTE, liveCount);
}

function getHourlyWeights(random: Random, now: Date): { from: number; weight: number }[] {
	const start = Math.floor((now.getTime() - DAYS * DAY) / HOUR) * HOUR;
	let dayFactor = 1;
	return Array.from({ length: DAYS * 24 }, (_, index) => {
		const at = new Date(start + index * HOUR);
		if (at.getUTCHours() === 0) dayFactor = random.around(1, 0.12);
		const growth = 1 + (GROWTH * index) / (DAYS * 24);
		const hour = HOUR_WEIGHTS[at.getUTCHours()] ?? 1;
		const weekday = WEEKDAY_WEIGHTS[at.getUTCDay()] ?? 1;
		return { from: at.getTime(), weight: hour * weekday * growth * dayFactor };
	});
}

const generateTimes = (random: Random, from: number, lengthMs: number, count: number): Date[] =>
	Array.from({ length: count }, () => from + Math.floor(random.next() * lengthMs))
		.sort((a, b) => a - b)
		.map((time) => new Date(time));
