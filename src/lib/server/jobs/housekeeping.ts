import { forgetOld } from '../privacy/retention';
import type { Job } from './job';

/** Forgets mails, answers, errors and links whose time is over. */
export const housekeepingJob: Job = {
	name: 'housekeeping',
	interval_ms: 3_600_000,
	run: forgetOld,
};
