import { compareGroups, type Bench, type Goal } from '../bench.ts';
import { openSeededDatabase, startSeededPostgres } from '../seeded-database.ts';
import { createInboxCalls, type Calls } from './calls.ts';

/** Chat sessions in the baseline's database, unless the large database has fewer. */
const BASELINE_SESSIONS = 1_000;
const DEFAULT_SESSIONS = 100_000;

/** Groups with a goal in ms. The goal of the others is a ratio. */
const GOALS: Partial<Record<keyof Calls, Goal>> = { search: '≤ 150 ms', counts: '≤ 50 ms' };

/** The inbox's calls with many chat sessions, against the same calls with 1,000. */
export const inbox: Bench = {
	name: 'inbox',
	async run({ seconds, rounds, sessions = DEFAULT_SESSIONS }) {
		const postgres = await startSeededPostgres();
		try {
			const small = await openSeededDatabase(postgres.url, Math.min(BASELINE_SESSIONS, sessions));
			const large = await openSeededDatabase(postgres.url, sessions);
			const calls = [await createInboxCalls(large.ctx), await createInboxCalls(small.ctx)] as const;
			const measurements = await compareGroups(Object.keys(calls[0]) as (keyof Calls)[], calls, {
				seconds,
				rounds,
				getName: (group) =>
					`inbox: ${group} at ${sessions} ÷ at ${BASELINE_SESSIONS} chat sessions, slowest call`,
				goals: GOALS,
			});
			await small.close();
			await large.close();
			return measurements;
		} finally {
			await postgres.stop();
		}
	},
};
