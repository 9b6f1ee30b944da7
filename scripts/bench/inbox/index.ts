import { compareGroups, type Bench } from '../bench.ts';
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
			const measured = await compareGroups(Object.keys(calls[0]) as (keyof Calls)[], calls, {
				seconds,
				rounds,
				nameOf: (group) =>
					`inbox: ${group} at ${sessions} ÷ at ${BASELINE} chat sessions, slowest call`,
				goals: GOALS,
			});
			await small.close();
			await large.close();
			return measured;
		} finally {
			await postgres.stop();
		}
	},
};
