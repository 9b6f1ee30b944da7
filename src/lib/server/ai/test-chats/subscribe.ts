import type { App } from '#lib/server/core/context.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { advanceReplay } from './advance.ts';

/** A replay goes on with every turn of its test chat, in the transaction that ends the turn. */
export function subscribeTrials({ events }: App): void {
	events.onRecorded('trial.finished', async (tx, { session_id }) => {
		const { id } = await resolveSession(tx, session_id);
		await advanceReplay(tx, id);
	});
}
