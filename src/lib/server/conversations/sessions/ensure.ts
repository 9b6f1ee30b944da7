import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { getSite } from '#lib/server/sites/index.ts';
import { findSession } from './find';
import { bySessionId } from './present';
import type { SessionRow } from './resolve';

/**
 * The row of a chat session that integrations name by its id, made for the site `default` when the public id is unknown,
 * and locked. Inside a transaction; throws NotFound for an unknown numeric id. For use inside the server.
 */
export async function ensureSession(ctx: Ctx, id: string): Promise<SessionRow> {
	const find = () =>
		ctx.db.select().from(chat_sessions).where(bySessionId(id)).for('no key update');
	const [found] = await find();
	if (found) return found;
	if (/^\d+$/.test(id)) throw notFound(`chat session ${id.slice(0, 60)}`);
	const site = await getSite(ctx, { key: 'default' });
	const now = ctx.app.clock();
	const [made] = await ctx.db
		.insert(chat_sessions)
		.values({ public_id: id, site_id: site.id, created_at: now, last_activity_at: now })
		.onConflictDoNothing({ target: chat_sessions.public_id })
		.returning();
	if (!made) {
		const [other] = await find();
		if (!other) throw notFound(`chat session ${id.slice(0, 60)}`);
		return other;
	}
	const session = await findSession(ctx, made.id);
	if (session) await record(ctx, 'session.created', { session });
	return made;
}
