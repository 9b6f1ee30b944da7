import { forgetOld } from '../privacy/retention/index.ts';
import type { Job } from './job.ts';

/** Forgets mails, answers, errors and links whose time is over. */
export const housekeepingJob: Job = {
	name: 'housekeeping',
	interval_ms: 3_600_000,
	run: forgetOld,
};
