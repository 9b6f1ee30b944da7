import type { Statistics } from '#lib/contract/statistics.ts';
import { shareOf } from './figures.ts';

const Z = 1.96;

/** The Wilson score interval at 95 % of a share that was seen in so many trials. */
export function wilson(hits: number, trials: number): { low: number; high: number } {
	if (trials === 0) return { low: 0, high: 1 };
	const p = hits / trials;
	const spread = Z * Math.sqrt((p * (1 - p)) / trials + Z ** 2 / (4 * trials ** 2));
	const [centre, scale] = [p + Z ** 2 / (2 * trials), 1 + Z ** 2 / trials];
	const clamp = (value: number) => Math.min(1, Math.max(0, value));
	return { low: clamp((centre - spread) / scale), high: clamp((centre + spread) / scale) };
}

interface Tried {
	site: string;
	variant: string;
	text: string | null;
	opened: number;
	completed: number;
}

/** Judges greetings against the others of their site: intervals that overlap tell nothing yet. */
export function judgeGreetings(tried: Tried[]): Statistics['greetings'] {
	const rows = tried.map((row) => ({
		...row,
		rate: shareOf(row.completed, row.opened),
		...wilson(row.completed, row.opened),
	}));
	return rows.map((row) => {
		const others = rows.filter(({ site, variant }) => site === row.site && variant !== row.variant);
		const leads = others.length > 0 && others.every(({ high }) => high < row.low);
		const trails = others.some(({ low }) => low > row.high);
		return { ...row, verdict: leads ? 'leads' : trails ? 'trails' : 'too_early' };
	});
}
