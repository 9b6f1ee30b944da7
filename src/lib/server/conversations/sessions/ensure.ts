import { eq } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { isDeletedSession } from './delete.ts';
import { findSession, type SessionRow } from './get.ts';
import { bySessionId } from './present.ts';

/**
 * Locks and returns the row of a chat session, and creates it for the site `default` when its public id is unknown. Throws
 * `not_found` for an unknown numeric id and for a deleted chat session. Needs a transaction. Checks no permission.
 */
export async function ensureSession(ctx: Ctx, id: string, startedAt?: Date): Promise<SessionRow> {
	const find = () =>
		ctx.db.select().from(chat_sessions).where(bySessionId(id)).for('no key update');
	const [found] = await find();
	if (found) return moveStartBack(ctx, found, startedAt);
	if (/^\d+$/.test(id) || (await isDeletedSession(ctx, id))) {
		throw notFound(`chat session ${id.slice(0, 60)}`);
	}
	const site = await getSite(ctx, { key: 'default' });
	const now = startedAt ?? ctx.app.clock();
	const [created] = await ctx.db
		.insert(chat_sessions)
		.values({ public_id: id, site_id: site.id, created_at: now, last_activity_at: now })
		.onConflictDoNothing({ target: chat_sessions.public_id })
		.returning();
	if (!created) {
		const [other] = await find();
		if (!other) throw notFound(`chat session ${id.slice(0, 60)}`);
		return other;
	}
	const session = await findSession(ctx, created.id);
	if (session) await record(ctx, 'session.created', { session });
	return created;
}

/** An imported chat starts with its earliest message, whatever the order of import. */
async function moveStartBack(ctx: Ctx, row: SessionRow, startedAt?: Date): Promise<SessionRow> {
	const isLive = row.client_session_id !== null || row.ai_engaged;
	if (!startedAt || startedAt >= row.created_at || isLive) return row;
	const [updated] = await ctx.db
		.update(chat_sessions)
		.set({ created_at: startedAt })
		.where(eq(chat_sessions.id, row.id))
		.returning();
	return updated ?? row;
}
