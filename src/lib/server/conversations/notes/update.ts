import { eq } from 'drizzle-orm';
import { noteInput, type Note, type NoteInput } from '#lib/contract/note.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { notes } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { forbidden, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { resolveSession } from '../sessions/unchecked.ts';
import { isAuthor, lockNote, presentNote } from './internal.ts';

/** Changes the words of a note, which only who wrote it may; throws NotFound, Forbidden. */
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
		if (!isAuthor(ctx, found.note)) throw forbidden('only who wrote a note may change it');
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
