import { LONGEST_PERIOD_DAYS } from '#lib/contract/statistics.ts';
import { dayOf, plusDays, daysBetween, isDay } from '#lib/client/format/days.ts';

/** Periods that go on with the present day; others are named by their first and last day. */
export const PERIODS = ['today', '7d', '28d', '90d', 'month'] as const;
export type PeriodName = (typeof PERIODS)[number];

export const PERIOD_LABELS: Record<PeriodName, string> = {
	today: 'Today',
	'7d': '7 days',
	'28d': '28 days',
	'90d': '90 days',
	month: 'This month',
};

/** What the numbers of a page are about; kept in its address. */
export interface PeriodChoice {
	period: PeriodName | { from: string; to: string };
	site?: string;
	isCompared: boolean;
}

/** Calendar days as `2026-11-23`, both included. */
export interface Days {
	from: string;
	to: string;
}

const isPeriodName = (text: string | null): text is PeriodName =>
	PERIODS.some((name) => name === text);

/** Reads an address; what is missing or makes no sense is the default. */
export function readPeriod(
	parameters: URLSearchParams,
	fallback: PeriodName = '28d',
): PeriodChoice {
	const name = parameters.get('period');
	const site = parameters.get('site')?.slice(0, 200) || undefined;
	return {
		period: readCustom(parameters) ?? (isPeriodName(name) ? name : fallback),
		...(site && { site }),
		isCompared: parameters.get('compare') !== 'off',
	};
}

function readCustom(parameters: URLSearchParams): Days | undefined {
	const from = parameters.get('from') ?? '';
	const to = parameters.get('to') ?? '';
	if (!isDay(from) || !isDay(to)) return undefined;
	const length = daysBetween(from, to) + 1;
	return length >= 1 && length <= LONGEST_PERIOD_DAYS ? { from, to } : undefined;
}

/** The query of an address, with `?` unless it is empty. */
export function writePeriod(
	{ period, site, isCompared }: PeriodChoice,
	fallback: PeriodName = '28d',
): string {
	const query = new URLSearchParams();
	if (typeof period === 'object') {
		query.set('from', period.from);
		query.set('to', period.to);
	} else if (period !== fallback) query.set('period', period);
	if (site) query.set('site', site);
	if (!isCompared) query.set('compare', 'off');
	const text = query.toString();
	return text && `?${text}`;
}

/** The days that a choice means at this moment, where the person is. */
export function daysOf(
	{ period }: Pick<PeriodChoice, 'period'>,
	now: Date,
	timeZone: string,
): Days {
	if (typeof period === 'object') return period;
	const to = dayOf(now, timeZone);
	switch (period) {
		case 'today':
			return { from: to, to };
		case 'month':
			return { from: `${to.slice(0, 7)}-01`, to };
		case '7d':
		case '28d':
		case '90d':
			return { from: plusDays(to, 1 - Number.parseInt(period)), to };
	}
}

/** As many days right before. */
export function daysBefore({ from, to }: Days): Days {
	const length = daysBetween(from, to) + 1;
	return { from: plusDays(from, -length), to: plusDays(from, -1) };
}

/** What the period before is called in a sentence: "the 28 days before". */
export function previousName({ from, to }: Days): string {
	const length = daysBetween(from, to) + 1;
	if (length === 1) return 'the day before';
	if (length === 7) return 'the week before';
	return `the ${length} days before`;
}
