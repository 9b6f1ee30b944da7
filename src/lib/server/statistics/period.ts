import type { z } from 'zod';
import { MAX_PERIOD_DAYS, type statisticsQuery } from '#lib/contract/statistics.ts';
import { AppError } from '../core/errors.ts';
import { addDays, getDay, getStartOfDay } from '../core/time-zone.ts';
import { getBucketStart, HOUR_MINUTES, QUARTER_MINUTES } from './counters.ts';

const DAY_MS = 86_400_000;
const QUARTER_MS = 15 * 60_000;
const DEFAULT_DAYS = 30;

/** One calendar day; `from` is the start of its part that lies in the period. */
interface PeriodDay {
	date: string;
	from: number;
}

export interface Period {
	from: number;
	/** Exclusive. */
	to: number;
	time_zone: string;
	days: PeriodDay[];
	/** The longest bucket, in minutes, that aligns with the start and end of all its days. */
	grain: typeof QUARTER_MINUTES | typeof HOUR_MINUTES;
}

/**
 * Returns the period of a query, rounded to quarter hours, and the period of the same number of days before it. Throws
 * `invalid` when it is empty or too long.
 */
export function getPeriods(
	query: z.output<typeof statisticsQuery>,
	now: number,
): { period: Period; before: Period } {
	const { time_zone: zone } = query;
	const lastDay = query.to ?? getDay(zone, now);
	const to = isCalendarDay(lastDay)
		? getStartOfDay(zone, addDays(lastDay, 1))
		: roundUp(Date.parse(lastDay));
	const firstDay = query.from ?? addDays(getDay(zone, to - 1), 1 - DEFAULT_DAYS);
	const from = isCalendarDay(firstDay)
		? getStartOfDay(zone, firstDay)
		: getBucketStart(Date.parse(firstDay), QUARTER_MINUTES);
	requireLength(from, to);
	const days = Math.max(1, Math.round((to - from) / DAY_MS));
	const shiftBack = (ms: number) => shiftDays(zone, ms, -days);
	return {
		period: createPeriod(zone, from, to),
		before: createPeriod(zone, shiftBack(from), Math.min(shiftBack(to), from)),
	};
}

export function createPeriod(time_zone: string, from: number, to: number): Period {
	const days: PeriodDay[] = [];
	const lastDate = getDay(time_zone, to - 1);
	for (let date = getDay(time_zone, from); date <= lastDate; date = addDays(date, 1)) {
		days.push({ date, from: Math.max(from, getStartOfDay(time_zone, date)) });
	}
	const isWholeHours = [...days.map((day) => day.from), to].every(
		(ms) => ms % (HOUR_MINUTES * 60_000) === 0,
	);
	return { from, to, time_zone, days, grain: isWholeHours ? HOUR_MINUTES : QUARTER_MINUTES };
}

/** Returns the same time of day a number of days later, or earlier if negative. */
export function shiftDays(zone: string, ms: number, days: number): number {
	const day = getDay(zone, ms);
	return getStartOfDay(zone, addDays(day, days)) + (ms - getStartOfDay(zone, day));
}

export const presentPeriod = ({ from, to, time_zone }: Period) => ({
	from: new Date(from).toISOString(),
	to: new Date(to).toISOString(),
	time_zone,
});

const isCalendarDay = (text: string) => text.length === 10;
const roundUp = (ms: number) => getBucketStart(ms + QUARTER_MS - 1, QUARTER_MINUTES);

function requireLength(from: number, to: number): void {
	if (from >= to) throw createPeriodError('from', '`from` must be before `to`');
	if (to - from > (MAX_PERIOD_DAYS + 1) * DAY_MS) {
		throw createPeriodError('from', `a period has at most ${MAX_PERIOD_DAYS} days`);
	}
}

const createPeriodError = (path: string, message: string) =>
	new AppError('invalid', message, { errors: [{ path, message }] });

/** The z-score of 95% confidence. */
const Z_SCORE = 1.96;

interface Interval {
	low: number;
	high: number;
}

/** Returns the Wilson score interval of a rate at 95% confidence (Wilson 1927); the whole range without trials. */
export function computeWilsonInterval(hits: number, trials: number): Interval {
	if (trials === 0) return { low: 0, high: 1 };
	const p = hits / trials;
	const spread = Z_SCORE * Math.sqrt((p * (1 - p)) / trials + Z_SCORE ** 2 / (4 * trials ** 2));
	const [center, scale] = [p + Z_SCORE ** 2 / (2 * trials), 1 + Z_SCORE ** 2 / trials];
	const clamp = (value: number) => Math.min(1, Math.max(0, value));
	return { low: clamp((center - spread) / scale), high: clamp((center + spread) / scale) };
}

/**
 * Returns the 95% interval of the difference of two rates, `b` minus `a`: Newcombe's hybrid score interval, method 10 of
 * "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998), 873–890. Unlike
 * the textbook interval, it also holds for few trials and for rates near 0.
 */
export function computeNewcombeInterval(
	a: { hits: number; trials: number },
	b: { hits: number; trials: number },
): Interval {
	const [rateA, rateB] = [a.hits / a.trials, b.hits / b.trials];
	const [intervalA, intervalB] = [
		computeWilsonInterval(a.hits, a.trials),
		computeWilsonInterval(b.hits, b.trials),
	];
	const difference = rateB - rateA;
	return {
		low: difference - Math.hypot(rateB - intervalB.low, intervalA.high - rateA),
		high: difference + Math.hypot(intervalB.high - rateB, rateA - intervalA.low),
	};
}
