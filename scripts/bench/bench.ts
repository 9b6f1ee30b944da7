import { cpus } from 'node:os';

/** A bound on the ratio ("≤ 2"), on Frontdesk's own figure ("≤ 50 ms"), or on its difference from the baseline ("≤ 3 ms more"). */
export type Goal = `${'≤' | '≥'} ${number}${'' | ` ${string}`}`;

export interface Measurement {
	/** The quantity, and the baseline that it is compared with. */
	name: string;
	unit: string;
	/** One pair of measurements per round, taken back to back. */
	rounds: { ours: number; baseline: number }[];
	goal: Goal;
}

export interface BenchOptions {
	/** The approximate duration of one measurement. */
	seconds: number;
	rounds: number;
	/** The number of chat sessions in the large database, or of visitors. Each bench has a default. */
	sessions?: number;
}

/** Measures Frontdesk and a baseline in one run, so that a slow or busy machine affects both. */
export interface Bench {
	name: string;
	run(options: BenchOptions): Promise<Measurement[]>;
}

export const median = (values: number[]): number => {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	const upper = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
};

/** Returns the value at a quantile from 0 to 1. */
export function percentile(values: number[], quantile: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;
}

/** Returns the highest median time of the calls, in ms. Runs each call at least three times. */
async function measureSlowest(
	calls: { run(): Promise<unknown> }[],
	budgetMs: number,
): Promise<number> {
	const medians: number[] = [];
	for (const { run } of calls) {
		const times: number[] = [];
		const deadline = performance.now() + budgetMs / calls.length;
		while (times.length < 3 || performance.now() < deadline) {
			const startedAt = performance.now();
			await run();
			times.push(performance.now() - startedAt);
		}
		medians.push(median(times));
	}
	return Math.max(...medians);
}

type Calls<Group extends string> = Record<Group, { run(): Promise<unknown> }[]>;

interface GroupOptions<Group extends string> extends Pick<BenchOptions, 'seconds' | 'rounds'> {
	getName(group: Group): string;
	/** Goals that replace the default, a ratio of at most 1.5. */
	goals: Partial<Record<Group, Goal>>;
}

/** Compares the slowest call of each group on both sides. */
export async function compareGroups<Group extends string>(
	groups: readonly Group[],
	[ours, baseline]: readonly [Calls<Group>, Calls<Group>],
	{ seconds, rounds, getName, goals }: GroupOptions<Group>,
): Promise<Measurement[]> {
	const measurements = groups.map((group): Measurement & { group: Group } => ({
		group,
		name: getName(group),
		unit: 'ms',
		rounds: [],
		goal: goals[group] ?? '≤ 1.5',
	}));
	const budgetMs = (seconds * 500) / groups.length;
	for (let round = 0; round < rounds; round += 1) {
		for (const { group, rounds: pairs } of measurements) {
			pairs.push({
				baseline: await measureSlowest(baseline[group], budgetMs),
				ours: await measureSlowest(ours[group], budgetMs),
			});
		}
	}
	return measurements;
}

/** Returns whether the median of the rounds meets the goal. */
function isGoalMet({ rounds, goal }: Measurement): boolean {
	const [, sign, bound, rest = ''] = /^(≤|≥) ([\d.]+)(.*)$/.exec(goal) ?? [];
	const values = rounds.map(({ ours, baseline }) => {
		if (rest.endsWith(' more')) return ours - baseline;
		return rest === '' ? ours / baseline : ours;
	});
	return sign === '≤' ? median(values) <= Number(bound) : median(values) >= Number(bound);
}

/** Follows a missed goal in the table. */
export const MISSED = ' (missed)';

/** Formats a row of the table in docs/benchmarks.md. */
export function formatMeasurement(measurement: Measurement, measuredAt: Date): string {
	const { name, unit, rounds } = measurement;
	const goal = `${measurement.goal}${isGoalMet(measurement) ? '' : MISSED}`;
	const ratios = rounds.map(({ ours, baseline }) => ours / baseline);
	const formatFigure = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
	const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
	const [ours, baseline] = [
		median(rounds.map((round) => round.ours)),
		median(rounds.map((round) => round.baseline)),
	];
	return `| ${name} | **${median(ratios).toFixed(2)}** (${range}) | ${goal} | ${formatFigure(ours)} / ${formatFigure(baseline)} ${unit} | ${measuredAt.toISOString().slice(0, 10)} |`;
}

export const MACHINE = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Node ${process.versions.node}`;
