// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
import { and, desc, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { pageQuery, Page } from '#lib/contract/common.ts';
import type { Note } from '#lib/contract/message.ts';
import { afterCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { type Read, readRows } from '#lib/server/core/db/reads.ts';
import { notes } from '#lib/server/core/db/schema/index.ts';
import type { SessionHandle } from '../sessions/index.ts';

export type NoteRow = typeof notes.$inferSelect;

/** Returns a note in the contract's shape. */
export const presentNote = (row: NoteRow, sessionId: string): Note => ({
	id: row.id,
	session_id: sessionId,
	note: row.note,
	author: { id: row.user_id, name: row.author_name },
	created_at: row.created_at.toISOString(),
	edited_at: row.edited_at?.toISOString() ?? null,
});

/** Returns the query for a page of a chat session's notes, newest first, to run together with other reads. */
export const readNotes = (
	{ id, session_id }: SessionHandle,
	{ limit, cursor }: Pick<z.output<typeof pageQuery>, 'limit' | 'cursor'>,
): Read<Page<Note>> =>
	readRows(
		notes,
		sql`select * from notes where ${and(
			eq(notes.chat_session_id, id),
			cursor ? afterCursor(notes.created_at, notes.id, cursor) : undefined,
		)} order by ${desc(notes.created_at)}, ${desc(notes.id)} limit ${limit + 1}`,
		(rows) => {
			const page = rows.map((row) => presentNote(row, session_id));
			return toPage(page, limit, (note) => note.created_at);
		},
	);
