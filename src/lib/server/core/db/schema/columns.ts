import { bigint, timestamp } from 'drizzle-orm/pg-core';

/** A bigint identity key, read as a JavaScript number (safe to 2^53). */
export const id = () => bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity();
/** A reference to such a key. */
export const ref = () => bigint({ mode: 'number' });
/** A point in time in milliseconds, as JavaScript has it (keyset cursors depend on it); columns end in `_at`. */
export const at = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 });
export const createdAt = () => at().notNull().defaultNow();
