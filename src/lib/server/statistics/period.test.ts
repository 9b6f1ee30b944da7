import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeNewcombeInterval, computeWilsonInterval } from './period.ts';

const round = ({ low, high }: { low: number; high: number }) =>
	[low, high].map((value) => Math.round(value * 10_000) / 10_000);

describe('computeNewcombeInterval', () => {
	// Table II of Newcombe's article, method 10. It subtracts the second rate from the first.
	it.each([
		[{ hits: 48, trials: 80 }, { hits: 56, trials: 70 }, [0.0524, 0.3339]],
		[{ hits: 3, trials: 10 }, { hits: 9, trials: 10 }, [0.1705, 0.809]],
		[{ hits: 0, trials: 10 }, { hits: 10, trials: 10 }, [0.6075, 1]],
		[{ hits: 5, trials: 56 }, { hits: 0, trials: 29 }, [-0.1926, 0.0381]],
	])('matches the published examples: %j and %j', (a, b, expected) => {
		expect(round(computeNewcombeInterval(a, b))).toEqual(expected);
	});

	it('contains the difference, and changes its sign with the order', () => {
		const arm = fc
			.tuple(fc.integer({ min: 1, max: 5_000 }), fc.float({ min: 0, max: 1, noNaN: true }))
			.map(([trials, share]) => ({ hits: Math.round(trials * share), trials }));
		fc.assert(
			fc.property(arm, arm, (a, b) => {
				const { low, high } = computeNewcombeInterval(a, b);
				const difference = b.hits / b.trials - a.hits / a.trials;
				expect(low).toBeLessThanOrEqual(difference + 1e-9);
				expect(high).toBeGreaterThanOrEqual(difference - 1e-9);
				const other = computeNewcombeInterval(b, a);
				expect(other.low).toBeCloseTo(-high, 9);
				expect(other.high).toBeCloseTo(-low, 9);
			}),
		);
	});
});

it('computeWilsonInterval returns the whole range for no trials', () => {
	expect(computeWilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
});
