import { eq } from 'drizzle-orm';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireAdmin, requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { notes } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { resolveSession } from '../sessions/unchecked.ts';
import { isAuthor, lockNote } from './internal.ts';

/** Deletes a note: one's own, or as an admin anybody's; throws NotFound, Forbidden. */
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
