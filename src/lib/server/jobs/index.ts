import { probeFailingSites } from '../ai/turns/unchecked.ts';
import { handleDueEvents, sendDueReplies } from '../channels/messenger/unchecked.ts';
import { syncMemory } from '../channels/n8n-memory/unchecked.ts';
import { sweepHandoffs } from '../conversations/handoffs/unchecked.ts';
import { sweepSessions } from '../conversations/sessions/unchecked.ts';
import { queueDailySummaries, sendDueMails } from '../delivery/mail/unchecked.ts';
import {
	queueAlertMessages,
	queueWeeklyReports,
	sendDuePushMessages,
} from '../delivery/notifications/unchecked.ts';
import { sendDueDeliveries } from '../delivery/webhooks/unchecked.ts';
import { sweepOverdueLeads } from '../leads/unchecked.ts';
import { deleteExpired } from '../privacy/retention/unchecked.ts';
import { eraseOldChats } from '../privacy/visitors/unchecked.ts';
import { callDueJudges, checkFinishedChats } from '../quality/checks/unchecked.ts';
import { enqueueReviews } from '../quality/reviews/unchecked.ts';
import { continueRuns } from '../quality/suites/unchecked.ts';
import { foldStatistics } from '../statistics/unchecked.ts';
import { deleteExpiredAuthSessions } from '../team/auth/unchecked.ts';
import type { Job } from './start-jobs.ts';

export { type Job, type Jobs, startJobs } from './start-jobs.ts';

// A job with `wakesOn` also runs as soon as its own process publishes a matching event. Its interval covers work queued by
// other processes and work left over from an outage.

/** Sends due webhook deliveries. */
export const deliveriesJob: Job = {
	name: 'deliveries',
	interval_ms: 2_000,
	run: (ctx, signal, waitForWork) => sendDueDeliveries(ctx, { signal, waitForWork }),
	wakesOn(event, { app }) {
		if (event.name === 'live.resumed') return true;
		if (event.name !== 'delivery.updated') return false;
		const { status, next_attempt_at } = event.payload.delivery;
		return (
			status === 'pending' && next_attempt_at !== null && new Date(next_attempt_at) <= app.clock()
		);
	},
};

/** Recovers turns that no process is running, because theirs crashed or the database was unavailable when they became due. */
const turnsJob: Job = {
	name: 'turns',
	interval_ms: 3_000,
	run: ({ app }) => app.turns.recover(),
	wakesOn: ({ name }) => name === 'live.resumed',
};

/** Probes AIs that are down, and resumes using those that respond. */
const aiProbeJob: Job = { name: 'ai-probe', interval_ms: 15_000, run: probeFailingSites };

/** Marks idle chats as abandoned and completes chats whose completion was missed. */
const sweepJob: Job = { name: 'sweep', interval_ms: 30_000, run: sweepSessions };

const authSessionsJob: Job = {
	name: 'auth-sessions',
	interval_ms: 3_600_000,
	run: deleteExpiredAuthSessions,
};

/** Sends due mail. */
const mailJob: Job = {
	name: 'mail',
	interval_ms: 5_000,
	run: (ctx, signal, waitForWork) => sendDueMails(ctx, { signal, waitForWork }),
	wakesOn: (event) => event.name === 'mail.updated' && event.payload.mail.status === 'pending',
};

/** Queues the push messages and emails for new alerts. */
const alertsJob: Job = {
	name: 'alerts',
	interval_ms: 3_000,
	run: queueAlertMessages,
	wakesOn: ({ name }) => name === 'alert.created',
};

/** Sends due push messages. */
const pushMessagesJob: Job = {
	name: 'push-messages',
	interval_ms: 3_000,
	run: (ctx, signal, waitForWork) => sendDuePushMessages(ctx, { signal, waitForWork }),
	wakesOn: ({ name }) => name === 'push.queued',
};

const dailySummariesJob: Job = {
	name: 'daily-summaries',
	interval_ms: 300_000,
	run: queueDailySummaries,
};

/** Queues the weekly reports of sites on Monday morning. */
const weeklyReportsJob: Job = {
	name: 'weekly-reports',
	interval_ms: 300_000,
	run: queueWeeklyReports,
};

/** Updates the statistics counters. Its short interval limits how far they lag behind, whichever process caused a change. */
const statisticsJob: Job = {
	name: 'statistics',
	interval_ms: 1_000,
	run: foldStatistics,
	wakesOn: ({ name }) => name === 'live.resumed',
};

/** Adds ended chats to the review queue. */
const reviewQueueJob: Job = {
	name: 'review-queue',
	interval_ms: 15_000,
	run: enqueueReviews,
	wakesOn: ({ name }) => name === 'session.completed' || name === 'session.abandoned',
};

/** Advances suite runs: starts scheduled runs and queued cases, and checks cases whose chats have ended. */
const suiteRunsJob: Job = {
	name: 'suite-runs',
	interval_ms: 2_000,
	run: (ctx, signal) => continueRuns(ctx, signal),
	wakesOn: ({ name }) => name === 'suite_run.due',
};

/** Checks finished chats for problems in the AI's answers. */
const checksJob: Job = {
	name: 'checks',
	interval_ms: 15_000,
	run: checkFinishedChats,
	wakesOn: ({ name }) => name === 'session.completed' || name === 'session.abandoned',
};

/** Calls the judges of finished chats. */
const judgesJob: Job = {
	name: 'judges',
	interval_ms: 5_000,
	run: (ctx, signal, waitForWork) => callDueJudges(ctx, { signal, waitForWork }),
	wakesOn: ({ name }) => name === 'judge.queued',
};

/** Imports new rows of n8n's chat memory, if one is configured. */
const syncJob: Job = { name: 'sync', interval_ms: 60_000, run: syncMemory };

/** Raises alerts about leads that no one contacted by their follow-up deadline. */
const followUpsJob: Job = { name: 'promises', interval_ms: 30_000, run: sweepOverdueLeads };

/** Ends handoffs that no one took by their deadline. */
const handoffsJob: Job = { name: 'handoffs', interval_ms: 2_000, run: sweepHandoffs };

/** Processes events received from Messenger. */
const messengerEventsJob: Job = {
	name: 'messenger-events',
	interval_ms: 3_000,
	run: handleDueEvents,
	wakesOn: ({ name }) => name === 'messenger.received',
};

/** Sends due Messenger replies. */
const messengerSendsJob: Job = {
	name: 'messenger-sends',
	interval_ms: 3_000,
	run: (ctx, signal, waitForWork) => sendDueReplies(ctx, { signal, waitForWork }),
	wakesOn: ({ name }) => name === 'messenger.queued',
};

/** Erases chats that are past their site's retention period. */
const retentionJob: Job = { name: 'retention', interval_ms: 600_000, run: eraseOldChats };

/** Deletes all other data that is past its retention period; see `RETENTION_DAYS`. */
const housekeepingJob: Job = { name: 'housekeeping', interval_ms: 3_600_000, run: deleteExpired };

/** The background work of a server process. */
export const JOBS: Job[] = [
	deliveriesJob,
	turnsJob,
	aiProbeJob,
	sweepJob,
	authSessionsJob,
	mailJob,
	alertsJob,
	pushMessagesJob,
	dailySummariesJob,
	weeklyReportsJob,
	statisticsJob,
	reviewQueueJob,
	suiteRunsJob,
	checksJob,
	judgesJob,
	syncJob,
	followUpsJob,
	handoffsJob,
	messengerEventsJob,
	messengerSendsJob,
	retentionJob,
	housekeepingJob,
];
