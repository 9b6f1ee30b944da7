import { daysBetween, weekdayAndDate } from '#lib/client/format/days.ts';
import { formatShare, formatTenths } from '#lib/client/format/numbers.ts';
import { type Days, previousName } from './period.ts';

/** A summary of fewer than this says that they are few. */
const LOW = 20;
/** A change from fewer than this has no percentage: "262, up from 1". */
const FEW = 10;
/** From here on, people say "3 times", not "up 200%". */
const MULTIPLE = 2;

export interface Trend {
	days: readonly string[];
	values: readonly (number | null)[];
	/** The figure for the whole period and for the previous one; null where unknown. */
	total: number | null;
	previous: number | null;
	format: (value: number) => string;
	/** What is counted, e.g. "chats"; left out for figures that are not counts. */
	unit?: string;
	/** Whether lower is better, as for response times. */
	isLessBetter?: boolean;
}

/** Describes a chart over days: "112 chats, up 12% from 100 in the previous week. Busiest day: Tue, Oct 14 (38)." */
export function summarizeTrend(trend: Trend): string {
	const { days, total, unit } = trend;
	const first = days[0];
	const last = days.at(-1);
	if (first === undefined || last === undefined || total === null || (unit && total === 0)) {
		return `No ${unit ?? 'data'} in this period.`;
	}
	const sentences = [comparison(trend, { from: first, to: last }), bestDay(trend)];
	if (unit && total < LOW) sentences.push('Too few to draw conclusions.');
	return sentences.filter(Boolean).join(' ');
}

function comparison({ total, previous, format, unit }: Trend, days: Days): string {
	const figure = (value: number) => [format(value), unit].filter(Boolean).join(' ');
	if (total === null) return '';
	if (previous === null) return `${figure(total)} in ${lengthName(days)}.`;
	const before = previousName(days);
	// Figures that read the same count as the same: "0.3%, up 18% from 0.3%" makes no sense.
	if (format(total) === format(previous)) return `${figure(total)}, the same as in ${before}.`;
	if (previous === 0) return `${figure(total)}, up from none in ${before}.`;
	const direction = total > previous ? 'up' : 'down';
	// A percentage of a percentage misleads, and so does one of a few.
	const isPlain = format === formatShare || (unit !== undefined && previous < FEW);
	const ratio = total / previous;
	if (!isPlain && ratio >= MULTIPLE) {
		return `${figure(total)}, ${formatTenths(ratio)} times the ${format(previous)} of ${before}.`;
	}
	const change = isPlain ? '' : ` ${formatShare(Math.abs(ratio - 1))}`;
	return `${figure(total)}, ${direction}${change} from ${format(previous)} in ${before}.`;
}

const lengthName = ({ from, to }: Days) => {
	const length = daysBetween(from, to) + 1;
	return length === 1 ? 'one day' : `${length} days`;
};

function bestDay({ days, values, format, unit, isLessBetter = false }: Trend): string {
	const known = days.flatMap((day, index) => {
		const value = values[index];
		return value === null || value === undefined ? [] : [{ day, value }];
	});
	if (known.length < 2) return '';
	const best = known.reduce((a, b) =>
		(isLessBetter ? b.value < a.value : b.value > a.value) ? b : a,
	);
	if (known.every(({ value }) => value === best.value)) return 'The same every day.';
	return `${unit ? 'Busiest' : 'Best'} day: ${weekdayAndDate(best.day)} (${format(best.value)}).`;
}

export interface Step {
	label: string;
	/** What it counts, in a sentence. */
	definition?: string;
	count: number;
}

/** Describes a funnel: how many visitors complete it, and the step that loses most of them. */
export function summarizeFunnel(steps: readonly Step[]): string {
	const first = steps[0];
	const last = steps.at(-1);
	if (!first || !last || first.count === 0) return 'No visitor has reached the first step yet.';
	const losses = steps.slice(1).map((step, index) => {
		const from = steps[index] ?? step;
		return { from, to: step, lost: from.count - step.count };
	});
	const worst = losses.reduce((a, b) => (b.lost > a.lost ? b : a));
	const through = `${formatShare(last.count / first.count)} get from “${first.label}” to “${last.label}”.`;
	if (worst.lost <= 0) return `${through} No one drops off.`;
	const share = formatShare(worst.lost / worst.from.count);
	return `${through} Biggest drop: “${worst.from.label}” to “${worst.to.label}” (${share}).`;
}

/** Names the largest of several shares. */
export function summarizeLargest(
	items: readonly Step[],
	{ none, verb }: { none: string; verb: string },
): string {
	const total = items.reduce((sum, { count }) => sum + count, 0);
	if (total === 0) return none;
	const largest = items.reduce((a, b) => (b.count > a.count ? b : a));
	const few = total < LOW ? ' Too few to draw conclusions.' : '';
	return `${verb} “${largest.label}” (${formatShare(largest.count / total)}).${few}`;
}
