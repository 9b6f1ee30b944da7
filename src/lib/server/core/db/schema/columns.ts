import { bigint, integer, timestamp } from 'drizzle-orm/pg-core';

/** A bigint identity key, read as a JavaScript number (safe to 2^53). */
export const id = () => bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity();
/** A reference to such a key. */
export const ref = () => bigint({ mode: 'number' });
/** A point in time in milliseconds, as JavaScript has it (keyset cursors depend on it); columns end in `_at`. */
export const at = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 });
export const createdAt = () => at().notNull().defaultNow();

/** How an outbox row is claimed and retried: see core/outbox. */
export const outboxColumns = () => ({
	/** Incremented by every claim: the newest one owns the row. */
	attempt_count: integer().notNull().default(0),
	/** Failed attempts of the current schedule; sending again restarts it. */
	schedule_step: integer().notNull().default(0),
	/** Null once nothing more will be sent. */
	next_attempt_at: at(),
	/** When the claim of a process that died expires. */
	claimed_until: at(),
});
