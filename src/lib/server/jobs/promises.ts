import { sweepPromises } from '../leads';
import type { Job } from './job';

/** Tells of leads that were not contacted in time. */
export const promisesJob: Job = { name: 'promises', interval_ms: 30_000, run: sweepPromises };
