import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Db } from './client.ts';

const SYNC_INTERVAL_MS = 60_000;
/** Smaller differences may be network latency, and are ignored. */
const TOLERANCE_MS = 500;

export interface DatabaseClock {
	now(): Date;
	/** Synchronizes with the database now, and every minute until `stop`. */
	follow(db: Db, log: Log): Promise<void>;
	stop(): void;
}

const clockRows = z.array(z.object({ now: z.coerce.number() }));

/**
 * Creates a clock that all processes share: the database's time, advanced by this machine's monotonic timer. A changed
 * system clock therefore neither expires leases early nor lets two processes hold the same one.
 */
export function createDatabaseClock(): DatabaseClock {
	let start = Date.now() - performance.now();
	let timer: NodeJS.Timeout | undefined;
	const sync = async (db: Db, log: Log): Promise<void> => {
		const sentAt = performance.now();
		try {
			const { rows } = await db.execute(
				sql`select extract(epoch from clock_timestamp()) * 1000 as now`,
			);
			const [row] = clockRows.parse(rows);
			const receivedAt = performance.now();
			if (!row) return;
			const ahead = start - (row.now - (sentAt + receivedAt) / 2);
			if (Math.abs(ahead) < Math.max(TOLERANCE_MS, receivedAt - sentAt)) return;
			log.warn({ ahead_ms: Math.round(ahead) }, "adjusted the clock to the database's");
			start -= ahead;
		} catch (error) {
			log.debug({ err: error }, "could not read the database's clock");
		}
	};
	return {
		now: () => new Date(start + performance.now()),
		async follow(db, log) {
			await sync(db, log);
			timer = setInterval(() => void sync(db, log), SYNC_INTERVAL_MS).unref();
		},
		stop: () => clearInterval(timer),
	};
}
