import type { Histogram } from './counters.ts';

/** Where the second bin of a histogram begins; bins grow by the square root of two. */
const BASE: Record<Histogram, number> = {
	first_byte_bins: 50,
	answer_bins: 50,
	complete_bins: 5,
};
const MOST_BINS = 48;

/** The bin of a histogram that a value falls in. */
export function binOf(histogram: Histogram, value: number): number {
	if (!(value >= BASE[histogram])) return 0;
	return Math.min(MOST_BINS - 1, 1 + Math.floor(2 * Math.log2(value / BASE[histogram])));
}

const startOf = (histogram: Histogram, bin: number) =>
	bin === 0 ? 0 : BASE[histogram] * 2 ** ((bin - 1) / 2);

/** The value below which a share of all lies, evenly spread within its bin; null of an empty histogram. */
export function quantile(histogram: Histogram, bins: number[], share: number): number | null {
	const total = bins.reduce((sum, count) => sum + count, 0);
	if (total <= 0) return null;
	let left = share * total;
	for (const [bin, count] of bins.entries()) {
		if (count > 0 && left <= count) {
			const [start, end] = [startOf(histogram, bin), startOf(histogram, bin + 1)];
			return Math.round(start + ((end - start) * left) / count);
		}
		left -= count;
	}
	return null;
}

/** Adds one histogram to another, in place. */
export function addBins(to: number[], from: readonly number[]): void {
	for (const [bin, count] of from.entries()) to[bin] = (to[bin] ?? 0) + count;
}
