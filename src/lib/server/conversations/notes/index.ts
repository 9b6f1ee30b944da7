import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import { pageQuery, type Page } from '#lib/contract/common.ts';
import { type Note, noteInput, type NoteInput } from '#lib/contract/message.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { runRead } from '#lib/server/core/db/reads.ts';
import { chat_sessions, notes } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { forbidden, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin, requireTeam } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import type { SessionRef } from '../sessions/index.ts';
import { resolveHandle, resolveSession } from '../sessions/unchecked.ts';
import { presentNote, readNotes, type NoteRow } from './unchecked.ts';

/** Returns a page of a chat session's notes, newest first. Throws `not_found`. */
export async function listNotes(
	ctx: Ctx,
	session: SessionRef,
	input: z.input<typeof pageQuery> = {},
): Promise<Page<Note>> {
	requireTeam(ctx, 'sessions:read');
	const query = parse(pageQuery, input);
	return runRead(ctx.db, readNotes(await resolveHandle(ctx, session), query));
}

/** Creates a note on a chat session, visible only to the team. Throws `not_found`. */
export async function createNote(ctx: Ctx, sessionId: string, input: NoteInput): Promise<Note> {
	requireTeam(ctx, 'sessions:write');
	const { note } = parse(noteInput, input);
	const { actor } = ctx;
	return inTransaction(ctx, async (tx) => {
		const session = await resolveSession(tx, sessionId, 'key share');
		const [row] = await tx.db
			.insert(notes)
			.values({
				chat_session_id: session.id,
				note,
				user_id: actor.type === 'user' ? actor.id : null,
				author_name: actor.type === 'user' || actor.type === 'api_key' ? actor.name : 'Frontdesk',
				created_at: ctx.app.clock(),
			})
			.returning();
		if (!row) throw new Error('an inserted note was not returned');
		const created = presentNote(row, session.public_id);
		await audit(tx, { action: 'note.created', chat_session_id: session.id });
		await record(tx, 'note.created', { session_id: session.public_id, note: created });
		return created;
	});
}

/** Changes the text of a note. Throws `not_found`, and `forbidden` unless the caller wrote it. */
export async function updateNote(
	ctx: Ctx,
	target: { session_id: string; note_id: number },
	input: NoteInput,
): Promise<Note> {
	requireTeam(ctx, 'sessions:write');
	const { note } = parse(noteInput, input);
	return inTransaction(ctx, async (tx) => {
		const { id } = await resolveSession(tx, target.session_id, 'key share');
		const found = await lockNote(tx, id, target.note_id);
		if (!isAuthor(ctx, found.note)) throw forbidden('only the author of a note can change it');
		const [row] = await tx.db
			.update(notes)
			.set({ note, edited_at: ctx.app.clock() })
			.where(eq(notes.id, found.note.id))
			.returning();
		if (!row) throw notFound('the note');
		const changed = presentNote(row, found.session_id);
		await audit(tx, { action: 'note.updated', chat_session_id: id });
		await record(tx, 'note.updated', { session_id: found.session_id, note: changed });
		return changed;
	});
}

/** Deletes a note. Throws `not_found`, and `forbidden` unless the caller wrote it or is an admin. */
export async function deleteNote(
	ctx: Ctx,
	target: { session_id: string; note_id: number },
): Promise<void> {
	requireTeam(ctx, 'sessions:write');
	await inTransaction(ctx, async (tx) => {
		const { id } = await resolveSession(tx, target.session_id, 'key share');
		const { note, session_id } = await lockNote(tx, id, target.note_id);
		if (!isAuthor(ctx, note)) requireAdmin(ctx);
		await tx.db.delete(notes).where(eq(notes.id, note.id));
		await audit(tx, { action: 'note.deleted', chat_session_id: id });
		await record(tx, 'note.deleted', { session_id, note_id: note.id });
	});
}

/** Locks and returns a note. Throws `not_found`, also for a note of another chat session. */
async function lockNote(
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

/** Returns whether the caller wrote the note. API keys never count as authors. */
const isAuthor = ({ actor }: Ctx, note: NoteRow) =>
	actor.type === 'user' && actor.id === note.user_id;
