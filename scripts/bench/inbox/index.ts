import { slowestOf, type Bench, type Measured } from '../bench.ts';
import { openSeeded, startSeededPostgres } from '../seeded.ts';
import { inboxCalls, type Calls } from './calls.ts';

/** The baseline, or fewer where the large database is smaller. */
const BASELINE = 1_000;
const LARGE = 100_000;

/** Absolute goals; other groups have a ratio as goal. Counts stop at 1,000. */
const GOALS: Partial<Record<keyof Calls, string>> = { search: 'p99 ≤ 150 ms', counts: '≤ 50 ms' };

/** The inbox's calls with many chat sessions, against the same calls with 1,000. */
export const inbox: Bench = {
	name: 'inbox',
	async run({ seconds, rounds, sessions = LARGE }) {
		const postgres = await startSeededPostgres();
		try {
			const small = await openSeeded(postgres.url, Math.min(BASELINE, sessions));
			const large = await openSeeded(postgres.url, sessions);
			const calls = [await inboxCalls(large.ctx), await inboxCalls(small.ctx)] as const;
			const measured = await measure(calls, { seconds, rounds, sessions });
			await small.close();
			await large.close();
			return measured;
		} finally {
			await postgres.stop();
		}
	},
};

async function measure(
	[ours, baseline]: readonly [Calls, Calls],
	{ seconds, rounds, sessions }: { seconds: number; rounds: number; sessions: number },
): Promise<Measured[]> {
	const groups = Object.keys(ours) as (keyof Calls)[];
	const measured = groups.map((group): Measured & { group: keyof Calls } => ({
		group,
		name: `inbox: ${group} at ${sessions} ÷ at ${BASELINE} chat sessions, slowest call`,
		unit: 'ms',
		rounds: [],
		goal: GOALS[group] ?? '≤ 2',
	}));
	const share = (seconds * 500) / groups.length;
	for (let round = 0; round < rounds; round += 1) {
		for (const { group, rounds: measurements } of measured) {
			measurements.push({
				baseline: await slowestOf(baseline[group], share),
				ours: await slowestOf(ours[group], share),
			});
		}
	}
	return measured;
}
