import { z } from 'zod';
import { anyTimestamp, optionalInput, sessionId, timestamp } from './common.ts';
import { session } from './session.ts';
import { cleanString, trimmedStringOrNumber } from './text.ts';

/** The context for an AI, in the format that existing workflows rely on. The sender of a visitor's message is `user` here. */
export const conversation = z
	.object({
		session_id: sessionId,
		conversation_history: z.array(
			z.object({
				id: z.number().int(),
				message: z.string(),
				timestamp,
				sender: z.enum(['user', 'ai', 'agent', 'system']),
			}),
		),
		session_metadata: z.object({
			total_messages: z.number().int(),
			ai_messages_count: z.number().int(),
			user_messages_count: z.number().int(),
			/** The time of the first message returned. Null if there are none. */
			session_start: timestamp.nullable(),
			session_end: timestamp.nullable(),
			excluded_last_ai_message: z.boolean(),
		}),
		last_ai_message: z.string().nullable(),
		ai_message_time: timestamp.nullable(),
	})
	.meta({ id: 'Conversation' });
export type Conversation = z.infer<typeof conversation>;

/** The result of checking for missed completions. */
export const completionSync = z
	.object({
		checked: z.number().int(),
		updated: z.number().int(),
		session_ids: z.array(sessionId),
	})
	.meta({ id: 'CompletionSync' });
export type CompletionSync = z.infer<typeof completionSync>;

/** The state of one table that holds n8n's chat memory. */
const memorySource = z
	.object({
		/** `own`: the table in Frontdesk's database; `other`: the one in N8N_DATABASE_URL. */
		name: z.enum(['own', 'other']),
		/** False if the table does not exist or the database is unreachable. */
		is_available: z.boolean(),
		error: z.string().nullable(),
	})
	.meta({ id: 'MemorySource' });
export type MemorySource = z.infer<typeof memorySource>;

/** The result of importing n8n's chat memory and checking for missed completions. */
export const syncResult = z
	.object({
		sessions_created: z.number().int(),
		messages_imported: z.number().int(),
		completions_detected: z.number().int(),
		/** Rows read for the first time. */
		rows_read: z.number().int(),
		/** Rows whose message was already stored by the live chat. */
		rows_known: z.number().int(),
		/** Rows without a message from the visitor or the AI: tool calls, system prompts, empty or malformed rows. */
		rows_skipped: z.number().int(),
		/** Rows of chats with a turn in progress. The next run imports them. */
		rows_postponed: z.number().int(),
		sources: z.array(memorySource),
	})
	.meta({ id: 'SyncResult' });
export type SyncResult = z.infer<typeof syncResult>;

/** The maximum length of an ingested message; AI replies are often longer than visitors' messages. */
export const INGEST_MAX_LENGTH = 32_000;

const ingestMessage = z
	.object({
		/** `user` is an alias of `visitor` that existing workflows rely on. */
		sender: z
			.enum(['visitor', 'user', 'ai', 'agent', 'system'])
			.transform((sender) => (sender === 'user' ? 'visitor' : sender)),
		message: trimmedStringOrNumber(INGEST_MAX_LENGTH),
		timestamp: optionalInput(anyTimestamp),
		/** The message's id in the source system. A message with a known id is not stored again. */
		external_id: optionalInput(
			z.union([z.string(), z.number()]).transform(String).pipe(cleanString(200, 1)),
		).meta({ maxLength: 200 }),
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
