import { startTurns } from '../ai/turns/index.ts';
import type { Job } from './job.ts';

/** Recovers turns that nobody is running: their process died, or the database was away when they became due. */
export const turnsJob: Job = {
	name: 'turns',
	interval_ms: 3_000,
	run: ({ app }) => startTurns(app).recover(),
	wakesOn: ({ name }) => name === 'live.resumed',
};
