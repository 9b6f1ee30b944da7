import { z } from 'zod';
import { timestamp } from './common.ts';
import { session } from './session.ts';
import { cleanString, trimmedString } from './text.ts';

/** The maximum length of an ingested message; AI replies are often longer than visitors' messages. */
export const INGEST_MAX_LENGTH = 32_000;

const ISO =
	/^(\d{4})-?(\d{2})-?(\d{2})[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?\s?(?:(Z)|([+-]\d{2}):?(\d{2})?)?$/i;

/** ISO 8601 with any offset (UTC if omitted), or a Unix timestamp in seconds or milliseconds. Normalized to UTC. */
const anyTimestamp = z
	.union([z.string(), z.number()])
	.transform((given) => toIso(String(given).trim()))
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
	if (/^\d{9,14}(?:\.\d+)?$/.test(text)) {
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
	const zone = offset ? `${offset}:${minutes}` : 'Z';
	return `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3)}${zone}`;
}

const ingestMessage = z
	.object({
		/** `user` is an alias of `visitor` that existing workflows rely on. */
		sender: z
			.enum(['visitor', 'user', 'ai', 'agent', 'system'])
			.transform((sender) => (sender === 'user' ? 'visitor' : sender)),
		message: trimmedString(INGEST_MAX_LENGTH),
		timestamp: anyTimestamp.optional(),
		/** The message's id in the source system. A message with a known id is not stored again. */
		external_id: cleanString(200, 1).optional(),
	})
	.meta({ id: 'IngestMessage' });
export type IngestMessage = z.infer<typeof ingestMessage>;

export const ingestInput = z.union([ingestMessage, z.array(ingestMessage).min(1).max(500)]);
export type IngestInput = z.input<typeof ingestInput>;

/** AI messages that contain only reasoning count as neither stored nor duplicate. */
export const ingestResult = z
	.object({ stored: z.number().int(), duplicates: z.number().int(), session })
	.meta({ id: 'IngestResult' });
export type IngestResult = z.infer<typeof ingestResult>;
