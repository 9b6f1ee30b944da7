import { deliveriesJob } from './deliveries.ts';
import { housekeepingJob } from './housekeeping.ts';
import type { Job } from './job.ts';
import { dailySummariesJob, mailJob } from './mail.ts';
import { messengerEventsJob, messengerSendsJob } from './messenger.ts';
import { retentionJob } from './retention.ts';
import { statisticsJob } from './statistics.ts';
import { promisesJob } from './promises.ts';
import { reviewQueueJob } from './reviews.ts';
import { authSessionsJob, sweepJob } from './sweep.ts';
import { syncJob } from './sync.ts';
import { turnsJob } from './turns.ts';

export type { Job } from './job.ts';
export { type Jobs, startJobs } from './start-jobs.ts';

/** Everything that a server process does later or again. */
export const JOBS: Job[] = [
	deliveriesJob,
	turnsJob,
	sweepJob,
	authSessionsJob,
	mailJob,
	dailySummariesJob,
	statisticsJob,
	reviewQueueJob,
	syncJob,
	promisesJob,
	messengerEventsJob,
	messengerSendsJob,
	retentionJob,
	housekeepingJob,
];
