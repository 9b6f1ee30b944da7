import { noteInput, type Note, type NoteInput } from '#lib/contract/note.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { notes } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { resolveSession } from '../sessions/unchecked.ts';
import { presentNote } from './internal.ts';

/** Leaves a note on a chat session, which the team alone sees; throws NotFound. */
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
		const made = presentNote(row, session.public_id);
		await audit(tx, { action: 'note.created', chat_session_id: session.id });
		await record(tx, 'note.created', { session_id: session.public_id, note: made });
		return made;
	});
}
