import { foldStatistics } from '../statistics/index.ts';
import type { Job } from './job.ts';

/** Brings the counters of statistics up to date, so that whoever reads them finds little left to do. */
export const statisticsJob: Job = {
	name: 'statistics',
	interval_ms: 5_000,
	run: (ctx, signal) => foldStatistics(ctx, { signal }),
};
