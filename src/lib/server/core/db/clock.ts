import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Db } from './client.ts';

const SYNC_INTERVAL_MS = 60_000;
/** Smaller differences are ignored, because they may be network latency. */
const TOLERANCE_MS = 500;

interface DatabaseClock {
	now(): Date;
	/** Synchronizes with the database immediately, and every minute until `stop`. */
	startSync(db: Db, log: Log): Promise<void>;
	stop(): void;
}

const clockRowsSchema = z.array(z.object({ now: z.coerce.number() }));

/**
 * Creates a clock that agrees across processes: the database's time, advanced by this machine's monotonic timer. Changing
 * a system clock therefore neither expires leases early nor lets two processes hold the same lease.
 */
export function createDatabaseClock(): DatabaseClock {
	let offsetMs = Date.now() - performance.now();
	let timer: NodeJS.Timeout | undefined;
	const sync = async (db: Db, log: Log): Promise<void> => {
		const sentAt = performance.now();
		try {
			const { rows } = await db.execute(
				sql`select extract(epoch from clock_timestamp()) * 1000 as now`,
			);
			const [row] = clockRowsSchema.parse(rows);
			const receivedAt = performance.now();
			if (!row) return;
			const aheadMs = offsetMs - (row.now - (sentAt + receivedAt) / 2);
			if (Math.abs(aheadMs) < Math.max(TOLERANCE_MS, receivedAt - sentAt)) return;
			log.warn({ ahead_ms: Math.round(aheadMs) }, "adjusted the clock to the database's");
			offsetMs -= aheadMs;
		} catch (error) {
			log.debug({ err: error }, "could not read the database's clock");
		}
	};
	return {
		now: () => new Date(offsetMs + performance.now()),
		async startSync(db, log) {
			await sync(db, log);
			timer = setInterval(() => void sync(db, log), SYNC_INTERVAL_MS).unref();
		},
		stop: () => clearInterval(timer),
	};
}
