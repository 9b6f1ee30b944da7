import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Db } from './client.ts';

const SYNC_MS = 60_000;
/** Below this a difference is the network's, and time need not step for it. */
const TOLERANCE_MS = 500;

export interface DatabaseClock {
	now(): Date;
	/** Compares with the database now and every minute until `stop`. */
	follow(db: Db, log: Log): Promise<void>;
	stop(): void;
}

const answer = z.array(z.object({ now: z.coerce.number() }));

/**
 * A clock that all processes share: the database's, carried on by this machine's monotonic timer. When somebody sets a
 * machine's clock, claims and schedules don't lapse for this process alone, and none is held twice.
 */
export function createDatabaseClock(): DatabaseClock {
	let start = Date.now() - performance.now();
	let timer: NodeJS.Timeout | undefined;
	const sync = async (db: Db, log: Log): Promise<void> => {
		const asked = performance.now();
		try {
			const { rows } = await db.execute(
				sql`select extract(epoch from clock_timestamp()) * 1000 as now`,
			);
			const [row] = answer.parse(rows);
			const answered = performance.now();
			if (!row) return;
			const ahead = start - (row.now - (asked + answered) / 2);
			if (Math.abs(ahead) < Math.max(TOLERANCE_MS, answered - asked)) return;
			log.warn({ ahead_ms: Math.round(ahead) }, 'the clock was set to the database’s');
			start -= ahead;
		} catch (error) {
			log.debug({ err: error }, 'the clock was not compared with the database’s');
		}
	};
	return {
		now: () => new Date(start + performance.now()),
		async follow(db, log) {
			await sync(db, log);
			timer = setInterval(() => void sync(db, log), SYNC_MS).unref();
		},
		stop: () => clearInterval(timer),
	};
}
