import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { removeSessions } from './remove.ts';
import { resolveSession } from './resolve.ts';

/** Deletes a chat session with all that belongs to it for good, from the statistics too; admins only. Throws NotFound. */
export async function deleteSession(ctx: Ctx, id: string): Promise<void> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	await inTransaction(ctx, async (tx) => {
		const session = await resolveSession(tx, id, 'update');
		const [session_id] = await removeSessions(tx, [session.id]);
		if (!session_id) throw notFound(`chat session ${id.slice(0, 60)}`);
		const target = { type: 'chat_session', id: session_id, name: session_id };
		await audit(tx, { action: 'session.deleted', target });
	});
}
