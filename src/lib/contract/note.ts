import { z } from 'zod';
import { sessionId, timestamp } from './common.ts';
import { trimmedString } from './text.ts';

/** What the team writes to itself about a chat session; no visitor and no webhook ever sees it. */
export const note = z
	.object({
		id: z.number().int(),
		session_id: sessionId,
		note: z.string(),
		/** Who wrote it, by the name at the time; the id is null for programs and for users who are gone. */
		author: z.object({ id: z.number().int().nullable(), name: z.string() }),
		created_at: timestamp,
		/** Null until its words are changed. */
		edited_at: timestamp.nullable(),
	})
	.meta({ id: 'Note' });
export type Note = z.infer<typeof note>;

export const noteInput = z.strictObject({ note: trimmedString(4000) }).meta({ id: 'NoteInput' });
export type NoteInput = z.infer<typeof noteInput>;
