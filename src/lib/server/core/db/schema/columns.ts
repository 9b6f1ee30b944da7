import { bigint, integer, text, timestamp } from 'drizzle-orm/pg-core';

/** The column types in use, besides the ones below. */
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
/** A timestamp with the millisecond precision of JavaScript, which keyset cursors rely on. */
export const at = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 });
export const createdAt = () => at().notNull().defaultNow();

/** The columns for claiming and retrying outbox rows; see `core/outbox`. */
export const outboxColumns = () => ({
	/** Incremented by every claim. The latest claim owns the row. */
	attempt_count: integer().notNull().default(0),
	/** The number of failed attempts in the current schedule; resending restarts it. */
	schedule_step: integer().notNull().default(0),
	/** Null if no further attempt will be made. */
	next_attempt_at: at(),
	/** When the lease of the current claim expires. */
	claimed_until: at(),
});

/** The status columns of an outbox, except for `deliveries`, which has its own. */
export const sendColumns = () => ({
	...outboxColumns(),
	/** Why the last attempt failed. */
	last_error: text(),
	created_at: createdAt(),
	sent_at: at(),
});
