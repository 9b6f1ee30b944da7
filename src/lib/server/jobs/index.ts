import { deliveriesJob } from './deliveries';
import { housekeepingJob } from './housekeeping';
import type { Job } from './job';
import { dailySummariesJob, mailJob } from './mail';
import { messengerEventsJob, messengerSendsJob } from './messenger';
import { retentionJob } from './retention';
import { statisticsJob } from './statistics';
import { promisesJob } from './promises';
import { reviewQueueJob } from './reviews';
import { authSessionsJob, sweepJob } from './sweep';
import { syncJob } from './sync';
import { turnsJob } from './turns';

export type { Job } from './job';
export { type Jobs, startJobs } from './start-jobs';

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
