import { daysBetween, shortDay, weekdayOf } from '#lib/client/format/days.ts';
import { formatShare } from '#lib/client/format/numbers.ts';
import { type Days, previousName } from './period.ts';

/** Fewer than this says little: a summary of them says so. */
const LOW = 20;

export interface Trend {
	days: readonly string[];
	values: readonly (number | null)[];
	/** The figure of the whole period, and of the one before; null where it is unknown. */
	total: number | null;
	previous: number | null;
	format: (value: number) => string;
	/** What is counted: "chats"; figures that are no counts have none. */
	unit?: string;
	/** Whether the best day has the lowest value: an answer time. */
	isLessBetter?: boolean;
}

/** A chart over days in plain words: "Up 12 % on the week before. Best day: Tuesday 14 Oct with 38 chats." */
export function summarizeTrend(trend: Trend): string {
	const { days, total, unit } = trend;
	const first = days[0];
	const last = days.at(-1);
	if (first === undefined || last === undefined || total === null || (unit && total === 0)) {
		return `No ${unit ?? 'values'} in this period.`;
	}
	const sentences = [comparison(trend, { from: first, to: last }), bestDay(trend)];
	if (unit && total < LOW) sentences.push('Too few to read much into it.');
	return sentences.filter(Boolean).join(' ');
}

function comparison({ total, previous, format, unit }: Trend, days: Days): string {
	const figure = (value: number) => [format(value), unit].filter(Boolean).join(' ');
	if (total === null) return '';
	if (previous === null) return `${figure(total)} in ${lengthName(days)}.`;
	const before = previousName(days);
	// What reads the same is the same: "Up 18 %: 0.3 %, after 0.3 %" says nothing.
	if (format(total) === format(previous)) return `${figure(total)}, the same as in ${before}.`;
	if (previous === 0) return `${figure(total)}, after none in ${before}.`;
	const share = formatShare(Math.abs(total - previous) / previous);
	return `${total > previous ? 'Up' : 'Down'} ${share} on ${before}: ${figure(total)}, after ${format(previous)}.`;
}

const lengthName = ({ from, to }: Days) => {
	const length = daysBetween(from, to) + 1;
	return length === 1 ? 'the day' : `${length} days`;
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
	const figure = [format(best.value), unit].filter(Boolean).join(' ');
	return `Best day: ${weekdayOf(best.day)} ${shortDay(best.day)} with ${figure}.`;
}

export interface Step {
	label: string;
	count: number;
}

/** A funnel in plain words: how many come through, and where most are lost. */
export function summarizeFunnel(steps: readonly Step[]): string {
	const first = steps[0];
	const last = steps.at(-1);
	if (!first || !last || first.count === 0) return 'Nobody has come to the first step yet.';
	const losses = steps.slice(1).map((step, index) => {
		const from = steps[index] ?? step;
		return { from, to: step, lost: from.count - step.count };
	});
	const worst = losses.reduce((a, b) => (b.lost > a.lost ? b : a));
	const through = `${formatShare(last.count / first.count)} of “${first.label}” come to “${last.label}”.`;
	if (worst.lost <= 0) return `${through} Nobody is lost on the way.`;
	const share = formatShare(worst.lost / worst.from.count);
	return `${through} Most are lost between “${worst.from.label}” and “${worst.to.label}”: ${share}.`;
}

/** A list of shares in plain words: which is the largest. */
export function summarizeLargest(
	items: readonly Step[],
	{ none, verb }: { none: string; verb: string },
): string {
	const total = items.reduce((sum, { count }) => sum + count, 0);
	if (total === 0) return none;
	const largest = items.reduce((a, b) => (b.count > a.count ? b : a));
	const few = total < LOW ? ' Too few to read much into it.' : '';
	return `${verb} “${largest.label}”: ${formatShare(largest.count / total)}.${few}`;
}
