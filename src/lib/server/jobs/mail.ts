import { queueDailySummaries, sendDueMails } from '../delivery/mail/index.ts';
import type { Job } from './job.ts';

/** Sends mail that is due: at once after a commit of this process, and by looking for what others left. */
export const mailJob: Job = {
	name: 'mail',
	interval_ms: 5_000,
	run: (ctx, signal, woken) => sendDueMails(ctx, { signal, woken }),
	wakesOn: (event) => event.name === 'mail.updated' && event.payload.mail.status === 'pending',
};

export const dailySummariesJob: Job = {
	name: 'daily-summaries',
	interval_ms: 300_000,
	run: queueDailySummaries,
};
