import { and, desc, eq } from 'drizzle-orm';
import type { z } from 'zod';
import { pageQuery, type Page } from '#lib/contract/common.ts';
import type { Note } from '#lib/contract/note.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { toPage } from '#lib/server/core/cursor.ts';
import { afterCursor } from '#lib/server/core/db/keyset.ts';
import { notes } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { resolveSession } from '../sessions/index.ts';
import { presentNote } from './internal.ts';

/** A page of a chat session's notes, newest first; throws NotFound. */
export async function listNotes(
	ctx: Ctx,
	sessionId: string,
	input: z.input<typeof pageQuery> = {},
): Promise<Page<Note>> {
	requireTeam(ctx, 'sessions:read');
	const { limit, cursor } = parse(pageQuery, input);
	const session = await resolveSession(ctx, sessionId);
	const rows = await ctx.db
		.select()
		.from(notes)
		.where(
			and(
				eq(notes.chat_session_id, session.id),
				cursor ? afterCursor(notes.created_at, notes.id, cursor) : undefined,
			),
		)
		.orderBy(desc(notes.created_at), desc(notes.id))
		.limit(limit + 1);
	const found = rows.map((row) => presentNote(row, session.public_id));
	return toPage(found, limit, (note) => note.created_at);
}
