/** The z-score of 95% confidence. */
const Z = 1.96;

export interface Interval {
	low: number;
	high: number;
}

/** Returns the Wilson score interval, at 95% confidence, of the rate of hits (Wilson 1927). */
export function wilsonInterval(hits: number, trials: number): Interval {
	if (trials === 0) return { low: 0, high: 1 };
	const p = hits / trials;
	const spread = Z * Math.sqrt((p * (1 - p)) / trials + Z ** 2 / (4 * trials ** 2));
	const [center, scale] = [p + Z ** 2 / (2 * trials), 1 + Z ** 2 / trials];
	const clamp = (value: number) => Math.min(1, Math.max(0, value));
	return { low: clamp((center - spread) / scale), high: clamp((center + spread) / scale) };
}

/**
 * Returns the 95% interval of the difference of two rates, `b` minus `a`: Newcombe's hybrid score interval, method 10 of
 * "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998), 873–890. Unlike
 * the textbook's, it also holds for few trials and for rates near 0.
 */
export function newcombeInterval(
	a: { hits: number; trials: number },
	b: { hits: number; trials: number },
): Interval {
	const [p1, p2] = [a.hits / a.trials, b.hits / b.trials];
	const [one, two] = [wilsonInterval(a.hits, a.trials), wilsonInterval(b.hits, b.trials)];
	const difference = p2 - p1;
	return {
		low: difference - Math.hypot(p2 - two.low, one.high - p1),
		high: difference + Math.hypot(two.high - p2, p1 - one.low),
	};
}
