import { sweepPromises } from '../leads/index.ts';
import type { Job } from './job.ts';

/** Tells of leads that were not contacted in time. */
export const promisesJob: Job = { name: 'promises', interval_ms: 30_000, run: sweepPromises };
