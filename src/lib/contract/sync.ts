import { z } from 'zod';
import { sessionId } from './common.ts';

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
