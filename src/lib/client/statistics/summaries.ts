import { countDaysBetween, formatWeekdayAndDate } from '#lib/client/format/days.ts';
import { formatShare, formatTenths } from '#lib/numbers.ts';
import { type Days, formatPreviousPeriod } from './period.ts';

/** Summaries say that smaller counts are too few to draw conclusions. */
const LOW_COUNT = 20;
/** A change from a smaller count has no percentage: "262, up from 1". */
const MIN_PERCENTAGE_BASE = 10;
/** From this ratio on, "3 times" reads better than "up 200%". */
const MIN_MULTIPLE = 2;

export interface Trend {
	days: readonly string[];
	values: readonly (number | null)[];
	/** The figures of this period and the previous one; null if unknown. */
	total: number | null;
	previous: number | null;
	format: (value: number) => string;
	/** The counted items in the plural, e.g. "chats"; omitted for figures that are not counts. */
	unit?: string;
	/** Whether lower is better, as for response times. */
	isLessBetter?: boolean;
}

/** Describes a daily chart: "112 chats, up 12% from 100 in the previous week. Busiest day: Tue, Oct 14 (38)." */
export function summarizeTrend(trend: Trend): string {
	const { days, total, unit } = trend;
	const first = days[0];
	const last = days.at(-1);
	if (first === undefined || last === undefined || total === null || (unit && total === 0)) {
		return `No ${unit ?? 'data'} in this period.`;
	}
	const sentences = [compareTotals(trend, { from: first, to: last }), describeBestDay(trend)];
	if (unit && total < LOW_COUNT) sentences.push('Too few to draw conclusions.');
	return sentences.filter(Boolean).join(' ');
}

function compareTotals({ total, previous, format, unit }: Trend, days: Days): string {
	const formatFigure = (value: number) =>
		[format(value), value === 1 ? unit?.replace(/s$/, '') : unit].filter(Boolean).join(' ');
	if (total === null) return '';
	if (previous === null) return `${formatFigure(total)} in ${formatLength(days)}.`;
	const before = formatPreviousPeriod(days);
	// Figures that are formatted the same count as equal: "0.3%, up 18% from 0.3%" makes no sense.
	if (format(total) === format(previous))
		return `${formatFigure(total)}, the same as in ${before}.`;
	if (previous === 0) return `${formatFigure(total)}, up from none in ${before}.`;
	const direction = total > previous ? 'up' : 'down';
	// A percentage of a percentage or of a small count is misleading.
	const isPlain = format === formatShare || (unit !== undefined && previous < MIN_PERCENTAGE_BASE);
	const ratio = total / previous;
	if (!isPlain && ratio >= MIN_MULTIPLE) {
		return `${formatFigure(total)}, ${formatTenths(ratio)} times the ${format(previous)} in ${before}.`;
	}
	const change = isPlain ? '' : ` ${formatShare(Math.abs(ratio - 1))}`;
	return `${formatFigure(total)}, ${direction}${change} from ${format(previous)} in ${before}.`;
}

const formatLength = ({ from, to }: Days) => {
	const length = countDaysBetween(from, to) + 1;
	return length === 1 ? 'one day' : `${length} days`;
};

function describeBestDay({ days, values, format, unit, isLessBetter = false }: Trend): string {
	const known = days.flatMap((day, index) => {
		const value = values[index];
		return value === null || value === undefined ? [] : [{ day, value }];
	});
	if (known.length < 2) return '';
	const best = known.reduce((a, b) =>
		(isLessBetter ? b.value < a.value : b.value > a.value) ? b : a,
	);
	if (known.every(({ value }) => value === best.value)) return 'The same every day.';
	return `${unit ? 'Busiest' : 'Best'} day: ${formatWeekdayAndDate(best.day)} (${format(best.value)}).`;
}

export interface Step {
	label: string;
	/** A sentence that explains the figure. */
	definition?: string;
	count: number;
}

/** Describes a funnel: how many visitors complete it, and which step loses the most. */
export function summarizeFunnel(steps: readonly Step[]): string {
	const first = steps[0];
	const last = steps.at(-1);
	if (!first || !last || first.count === 0) return 'No visitor has reached the first step yet.';
	const losses = steps.slice(1).map((step, index) => {
		const from = steps[index] ?? step;
		return { from, to: step, lost: from.count - step.count };
	});
	const worst = losses.reduce((a, b) => (b.lost > a.lost ? b : a));
	const overall = `${formatShare(last.count / first.count)} of widget views become delivered leads.`;
	if (worst.lost <= 0) return `${overall} No one drops off.`;
	const share = formatShare(worst.lost / worst.from.count);
	return `${overall} Biggest drop: “${worst.from.label}” to “${worst.to.label}” (${share}).`;
}

/** Names the largest of several shares. */
export function summarizeLargest(
	items: readonly Step[],
	{ none, verb }: { none: string; verb: string },
): string {
	const total = items.reduce((sum, { count }) => sum + count, 0);
	if (total === 0) return none;
	const largest = items.reduce((a, b) => (b.count > a.count ? b : a));
	const caveat = total < LOW_COUNT ? ' Too few to draw conclusions.' : '';
	return `${verb} “${largest.label}” (${formatShare(largest.count / total)}).${caveat}`;
}
