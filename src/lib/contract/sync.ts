import { z } from 'zod';
import { sessionId } from './common.ts';

/** What a look for unnoticed completions came to. */
export const completionSync = z
	.object({
		checked: z.number().int(),
		updated: z.number().int(),
		session_ids: z.array(sessionId),
	})
	.meta({ id: 'CompletionSync' });
export type CompletionSync = z.infer<typeof completionSync>;

/** What one place that n8n keeps its chat memory in had to offer. */
const memorySource = z
	.object({
		/** `own`: the table in Frontdesk's database; `other`: the one in N8N_DATABASE_URL. */
		name: z.enum(['own', 'other']),
		/** False: there is no such table, or the database cannot be reached. */
		is_available: z.boolean(),
		error: z.string().nullable(),
	})
	.meta({ id: 'MemorySource' });
export type MemorySource = z.infer<typeof memorySource>;

/** What bringing everything in from outside came to. */
export const syncResult = z
	.object({
		sessions_created: z.number().int(),
		messages_imported: z.number().int(),
		completions_detected: z.number().int(),
		/** Rows that were looked at for the first time. */
		rows_read: z.number().int(),
		/** Rows whose words were there already, from the live chat. */
		rows_known: z.number().int(),
		/** Rows that hold no words of a visitor or an AI: calls of tools, system prompts, empty or unreadable ones. */
		rows_skipped: z.number().int(),
		/** Rows of chats that the AI is answering just now; the next run takes them. */
		rows_postponed: z.number().int(),
		sources: z.array(memorySource),
	})
	.meta({ id: 'SyncResult' });
export type SyncResult = z.infer<typeof syncResult>;
