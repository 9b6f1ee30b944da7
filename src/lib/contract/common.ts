import { z } from 'zod';
import { QA_STATUSES } from './constants.ts';
import { cleanString, trimmedString } from './text.ts';

/** ISO 8601 in UTC with `Z`. The year 0 is rejected because Postgres does not support it. */
export const timestamp = z.iso.datetime().refine((text) => text >= '0001', 'before the year 1');

/** The public id of a chat session: `session_` and 24 random characters, or a suffix chosen by an integration. */
export const sessionId = z.string().regex(/^session_[A-Za-z0-9_-]{1,120}$/, 'not a session id');

export const sender = z.enum(['visitor', 'ai', 'agent', 'system']);
export const channel = z.enum(['web', 'messenger', 'test']);
export const completionStatus = z.enum(['in_progress', 'complete', 'abandoned']);
export const completionSource = z.enum(['live', 'ingest', 'sweep', 'sync', 'api', 'agent']);
export const archiveStatus = z.enum(['active', 'archived']);
export const qaStatus = z.enum(QA_STATUSES);

export type Sender = z.infer<typeof sender>;
export type Channel = z.infer<typeof channel>;
export type CompletionStatus = z.infer<typeof completionStatus>;
export type CompletionSource = z.infer<typeof completionSource>;
export type ArchiveStatus = z.infer<typeof archiveStatus>;
export type QaStatus = z.infer<typeof qaStatus>;

/** A boolean in a query string. Parsing is idempotent. */
export const queryBoolean = z.union([
	z.boolean(),
	z.enum(['true', 'false']).transform((text) => text === 'true'),
]);

/** A name to filter by. An unknown name matches nothing. */
export const filterText = cleanString(200);
/** Search terms. */
export const searchQuery = trimmedString(200);

/** The query of every list, which uses keyset pagination. */
export const pageQuery = z.object({
	limit: z.coerce.number().int().min(1).max(200).default(50),
	cursor: z.string().max(200).optional(),
});

export const pageSchema = <T extends z.ZodType>(item: T) =>
	z.object({ items: z.array(item), next_cursor: z.string().nullable() });

export interface Page<T> {
	items: T[];
	next_cursor: string | null;
}

/** Returns the schema of an event's payload about one chat session. */
export const sessionPayload = <Shape extends z.ZodRawShape>(shape: Shape) =>
	z.object({ session_id: sessionId, ...shape });
