import { z } from 'zod';
import { QA_STATUSES } from './constants.ts';
import { cleanString, trimmedString } from './text.ts';

/** An optional value of a request; programs also send null for a value that they don't have yet. */
export const optionalInput = <T extends z.ZodType>(schema: T) =>
	schema
		.nullish()
		.transform((value) => value ?? undefined)
		.optional();

/** ISO 8601 in UTC with `Z`. The year 0 is rejected because Postgres does not support it. */
export const timestamp = z.iso.datetime().refine((text) => text >= '0001', 'before the year 1');

const ISO =
	/^(\d{4})-?(\d{2})-?(\d{2})[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?\s?(?:(Z)|([+ -]\d{2}):?(\d{2})?)?$/i;

/** ISO 8601 with any offset (UTC if omitted), or a Unix timestamp in seconds or milliseconds. Normalized to UTC. */
export const anyTimestamp = z
	.union([z.string(), z.number()])
	.transform((value) => toIso(String(value).trim()))
	.pipe(
		z.iso.datetime({
			offset: true,
			error: 'expected an ISO 8601 date and time, or a Unix timestamp in seconds or milliseconds',
		}),
	)
	.transform((text) => new Date(text).toISOString())
	.pipe(timestamp)
	.meta({ type: 'string', format: 'date-time' });

/** Converts a timestamp to the form that z.iso.datetime() checks. Returns anything else unchanged. */
function toIso(text: string): string {
	if (/^\d{9,13}(?:\.\d+)?$/.test(text)) {
		const number = Number(text);
		// In seconds, 1e11 is the year 5138.
		return new Date(number < 1e11 ? number * 1000 : number).toISOString();
	}
	const match = ISO.exec(text);
	if (!match) return text;
	const [
		,
		year,
		month,
		day,
		hour,
		minute,
		second = '00',
		fraction = '0',
		,
		offset,
		minutes = '00',
	] = match;
	// In a URL, an unescaped plus is read as a space.
	const zone = offset ? `${offset.replace(' ', '+')}:${minutes}` : 'Z';
	return `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3)}${zone}`;
}

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

/** A whole number in a URL: decimal digits only, so not "1e3", "0x10" or " 1 ". Parsing is idempotent. */
export const urlInteger = (min: number, max = Number.MAX_SAFE_INTEGER) =>
	z.preprocess(
		(value) => (typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value),
		z.number().int().min(min).max(max),
	);

/** A name to filter by. An unknown name matches nothing. */
export const filterText = cleanString(200);
/** Search terms. */
export const searchQuery = trimmedString(200);

/** The query of every list, which uses keyset pagination. */
export const pageQuery = z.object({
	limit: urlInteger(1, 200).default(50),
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
