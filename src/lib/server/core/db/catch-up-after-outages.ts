import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { App } from '../context.ts';
import { SETTINGS } from './connection-mode.ts';

const RETRY_DELAY_MS = 250;

/**
 * Publishes `live.resumed` once the database is back after a lost connection, so that every client catches up: a commit
 * interrupted by the loss may have succeeded without its events being published. Publishes it again once no statement of the
 * lost connection can still be running, since Postgres finishes statements whose client is gone. Returns a function that
 * unsubscribes.
 */
export function catchUpAfterOutages(app: App): () => void {
	let isWaiting = false;
	let isClosed = false;
	let republishTimer: NodeJS.Timeout | undefined;
	const publish = () => app.events.publish({ name: 'live.resumed', payload: {} });
	const waitForDatabase = async () => {
		while (!isClosed) {
			try {
				await app.db.execute(sql`select 1`);
				return;
			} catch {
				await sleep(RETRY_DELAY_MS, undefined, { ref: false });
			}
		}
	};
	const stop = app.events.onPublished(({ name }) => {
		if (name !== 'database.lost' || isWaiting) return;
		isWaiting = true;
		void waitForDatabase().then(() => {
			isWaiting = false;
			if (isClosed) return;
			publish();
			clearTimeout(republishTimer);
			republishTimer = setTimeout(publish, SETTINGS.statement_timeout).unref();
		});
	});
	return () => {
		isClosed = true;
		clearTimeout(republishTimer);
		stop();
	};
}
