import { handleDueEvents, sendDueReplies } from '../channels/messenger/index.ts';
import type { Job } from './job.ts';

/** Handles what Facebook sent: at once after it came to this process, and by looking for what others left. */
export const messengerEventsJob: Job = {
	name: 'messenger-events',
	interval_ms: 3_000,
	run: handleDueEvents,
	wakesOn: ({ name }) => name === 'messenger.received',
};

/** Sends what is due to Messenger. */
export const messengerSendsJob: Job = {
	name: 'messenger-sends',
	interval_ms: 3_000,
	run: (ctx, signal, woken) => sendDueReplies(ctx, { signal, woken }),
	wakesOn: ({ name }) => name === 'messenger.queued',
};
