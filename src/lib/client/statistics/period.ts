import { MAX_PERIOD_DAYS } from '#lib/contract/statistics.ts';
import { toCalendarDay, addDays, countDaysBetween, isDay } from '#lib/client/format/days.ts';

/** Periods that end today; custom ones have a first and last day. */
export const PERIODS = ['today', '7d', '28d', '90d', 'month'] as const;
type PeriodName = (typeof PERIODS)[number];

export const PERIOD_LABELS: Record<PeriodName, string> = {
	today: 'Today',
	'7d': 'Last 7 days',
	'28d': 'Last 28 days',
	'90d': 'Last 90 days',
	month: 'This month',
};

/** The period, site and comparison of a statistics page, stored in its URL. */
export interface PeriodChoice {
	period: PeriodName | { from: string; to: string };
	site?: string;
	hasComparison: boolean;
}

/** Calendar days such as `2026-11-23`, both inclusive. */
export interface Days {
	from: string;
	to: string;
}

const isPeriodName = (text: string | null): text is PeriodName =>
	PERIODS.some((name) => name === text);

/** Reads a choice from a URL; missing and invalid parameters get default values. */
export function readPeriod(
	parameters: URLSearchParams,
	fallback: PeriodName = '28d',
): PeriodChoice {
	const name = parameters.get('period');
	const site = parameters.get('site')?.slice(0, 200) || undefined;
	return {
		period: readCustomPeriod(parameters) ?? (isPeriodName(name) ? name : fallback),
		...(site && { site }),
		hasComparison: parameters.get('compare') !== 'off',
	};
}

function readCustomPeriod(parameters: URLSearchParams): Days | undefined {
	const from = parameters.get('from') ?? '';
	const to = parameters.get('to') ?? '';
	if (!isDay(from) || !isDay(to)) return undefined;
	const length = countDaysBetween(from, to) + 1;
	return length >= 1 && length <= MAX_PERIOD_DAYS ? { from, to } : undefined;
}

/** Returns the choice as a URL query, starting with `?` unless empty. */
export function writePeriod(
	{ period, site, hasComparison }: PeriodChoice,
	fallback: PeriodName = '28d',
): string {
	const query = new URLSearchParams();
	if (typeof period === 'object') {
		query.set('from', period.from);
		query.set('to', period.to);
	} else if (period !== fallback) query.set('period', period);
	if (site) query.set('site', site);
	if (!hasComparison) query.set('compare', 'off');
	const text = query.toString();
	return text && `?${text}`;
}

/** Returns the days of a period in a time zone; named periods end today. */
export function getPeriodDays(
	{ period }: Pick<PeriodChoice, 'period'>,
	now: Date,
	timeZone: string,
): Days {
	if (typeof period === 'object') return period;
	const to = toCalendarDay(now, timeZone);
	switch (period) {
		case 'today':
			return { from: to, to };
		case 'month':
			return { from: `${to.slice(0, 7)}-01`, to };
		case '7d':
		case '28d':
		case '90d':
			return { from: addDays(to, 1 - Number.parseInt(period)), to };
	}
}

/** Returns the preceding period of the same length. */
export function getPrecedingPeriod({ from, to }: Days): Days {
	const length = countDaysBetween(from, to) + 1;
	return { from: addDays(from, -length), to: addDays(from, -1) };
}

/** Describes the preceding period for use in a sentence: "the previous 28 days". */
export function formatPreviousPeriod({ from, to }: Days): string {
	const length = countDaysBetween(from, to) + 1;
	if (length === 1) return 'the previous day';
	if (length === 7) return 'the previous week';
	return `the previous ${length} days`;
}
