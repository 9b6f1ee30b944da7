import { bigint, integer, text, timestamp } from 'drizzle-orm/pg-core';

/** The types of columns in use, beside the ones below. */
export {
	bigint,
	boolean,
	doublePrecision,
	integer,
	jsonb,
	numeric,
	smallint,
	text,
	uuid,
} from 'drizzle-orm/pg-core';

/** A bigint identity key, read as a JavaScript number (safe up to 2^53). */
export const id = () => bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity();
/** A reference to such a key. */
export const ref = () => bigint({ mode: 'number' });
/** A timestamp with the millisecond precision of JavaScript, which keyset cursors rely on. Such columns end in `_at`. */
export const at = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 });
export const createdAt = () => at().notNull().defaultNow();

/** The columns by which an outbox row is claimed and retried; see `core/outbox`. */
export const outboxColumns = () => ({
	/** Incremented by every claim; the newest claim owns the row. */
	attempt_count: integer().notNull().default(0),
	/** Failed attempts of the current schedule; sending again restarts it. */
	schedule_step: integer().notNull().default(0),
	/** Null when no further attempt will be made. */
	next_attempt_at: at(),
	/** When the lease of the current claim expires. */
	claimed_until: at(),
});

/** The columns of an outbox whose rows are sent once. */
export const sendColumns = () => ({
	...outboxColumns(),
	/** Why the last attempt failed. */
	last_error: text(),
	created_at: createdAt(),
	sent_at: at(),
});
