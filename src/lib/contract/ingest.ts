import { z } from 'zod';
import { timestamp } from './common';
import { session } from './session';
import { cleanString, trimmedString } from './text';

/** The longest message that integrations may store; an AI's answer is often longer than a visitor's message. */
export const INGEST_MAX_LENGTH = 32_000;

/** With any offset, as workflows write it; kept in UTC. */
const anyTimestamp = z.iso
	.datetime({ offset: true })
	.transform((text) => new Date(text).toISOString())
	.pipe(timestamp);

const ingestMessage = z
	.object({
		/** `user` is another name for `visitor`: existing workflows rely on it. */
		sender: z
			.enum(['visitor', 'user', 'ai', 'agent', 'system'])
			.transform((sender) => (sender === 'user' ? 'visitor' : sender)),
		message: trimmedString(INGEST_MAX_LENGTH),
		timestamp: anyTimestamp.optional(),
		/** The message's id where it comes from: it is stored once. */
		external_id: cleanString(200, 1).optional(),
	})
	.meta({ id: 'IngestMessage' });
export type IngestMessage = z.infer<typeof ingestMessage>;

export const ingestInput = z.union([ingestMessage, z.array(ingestMessage).min(1).max(500)]);
export type IngestInput = z.input<typeof ingestInput>;

export const ingestResult = z
	.object({ stored: z.number().int(), duplicates: z.number().int(), session })
	.meta({ id: 'IngestResult' });
export type IngestResult = z.infer<typeof ingestResult>;
