import { deliverDue } from '../delivery/webhooks/index.ts';
import type { Job } from './job.ts';

/** Sends due deliveries: at once after a commit of this process or an outage, and by polling for those of others. */
export const deliveriesJob: Job = {
	name: 'deliveries',
	interval_ms: 2_000,
	run: (ctx, signal, woken) => deliverDue(ctx, { signal, woken }),
	wakesOn(event, { app }) {
		if (event.name === 'live.resumed') return true;
		if (event.name !== 'delivery.updated') return false;
		const { status, next_attempt_at } = event.payload.delivery;
		return (
			status === 'pending' && next_attempt_at !== null && new Date(next_attempt_at) <= app.clock()
		);
	},
};
