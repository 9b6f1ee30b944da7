import { z } from 'zod';
import { sessionId, timestamp } from './common.ts';
import { trimmedString } from './text.ts';

/** An internal note about a chat session. Never sent to visitors or webhooks. */
export const note = z
	.object({
		id: z.number().int(),
		session_id: sessionId,
		note: z.string(),
		/** The author with their name at the time. The id is null for API keys and deleted users. */
		author: z.object({ id: z.number().int().nullable(), name: z.string() }),
		created_at: timestamp,
		/** Null until it is edited. */
		edited_at: timestamp.nullable(),
	})
	.meta({ id: 'Note' });
export type Note = z.infer<typeof note>;

export const noteInput = z.strictObject({ note: trimmedString(4000) }).meta({ id: 'NoteInput' });
export type NoteInput = z.infer<typeof noteInput>;
