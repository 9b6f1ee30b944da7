import { setTimeout } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { App } from '../context.ts';

const RETRY_DELAY_MS = 250;

/**
 * Publishes `live.resumed` once the database is back after a lost connection, so that every client catches up: a commit
 * interrupted by the loss may have succeeded without its events being published. Returns a function that stops this.
 */
export function catchUpAfterBreaks(app: App): () => void {
	let isWaiting = false;
	let isClosed = false;
	const waitForDatabase = async () => {
		while (!isClosed) {
			try {
				await app.db.execute(sql`select 1`);
				return;
			} catch {
				await setTimeout(RETRY_DELAY_MS, undefined, { ref: false });
			}
		}
	};
	const stop = app.events.onPublished(({ name }) => {
		if (name !== 'database.lost' || isWaiting) return;
		isWaiting = true;
		void waitForDatabase().then(() => {
			isWaiting = false;
			if (!isClosed) app.events.publish({ name: 'live.resumed', payload: {} });
		});
	});
	return () => {
		isClosed = true;
		stop();
	};
}
