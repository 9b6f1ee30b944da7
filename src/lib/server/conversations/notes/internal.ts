import { and, eq } from 'drizzle-orm';
import type { Note } from '#lib/contract/note.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, notes } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';

type NoteRow = typeof notes.$inferSelect;

export const presentNote = (row: NoteRow, sessionId: string): Note => ({
	id: row.id,
	session_id: sessionId,
	note: row.note,
	author: { id: row.user_id, name: row.author_name },
	created_at: row.created_at.toISOString(),
	edited_at: row.edited_at?.toISOString() ?? null,
});

/** A note and its chat session, locked; throws NotFound, also for a note of another chat session. */
export async function lockNote(
	ctx: Ctx,
	chatSessionId: number,
	noteId: number,
): Promise<{ note: NoteRow; session_id: string }> {
	const [row] = await ctx.db
		.select({ note: notes, session_id: chat_sessions.public_id })
		.from(notes)
		.innerJoin(chat_sessions, eq(chat_sessions.id, notes.chat_session_id))
		.where(and(eq(notes.id, noteId), eq(notes.chat_session_id, chatSessionId)))
		.for('update', { of: notes });
	if (!row) throw notFound('the note');
	return row;
}

/** Whether the caller wrote the note; a program has no notes of its own. */
export const isAuthor = ({ actor }: Ctx, note: NoteRow) =>
	actor.type === 'user' && actor.id === note.user_id;
