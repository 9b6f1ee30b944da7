import { setTimeout } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { App } from '../context.ts';

const PAUSE_MS = 250;

/**
 * Tells every client to catch up once the database is back. A connection that broke while it committed leaves open
 * whether the commit holds; when it does, its events were told to nobody.
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
				await setTimeout(PAUSE_MS, undefined, { ref: false });
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
