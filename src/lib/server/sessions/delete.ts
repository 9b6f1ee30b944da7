import { audit } from '../audit';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { chat_sessions } from '../db/schema';
import { inTransaction, record } from '../db/transaction';
import { notFound } from '../errors';
import { bySessionId } from './present';

/** Deletes a chat session with its messages, lead and turns for good; admins only. Throws NotFound. */
export async function deleteSession(ctx: Ctx, id: string): Promise<void> {
	requireAdmin(ctx);
	await inTransaction(ctx, async (tx) => {
		const [gone] = await tx.db
			.delete(chat_sessions)
			.where(bySessionId(id))
			.returning({ session_id: chat_sessions.public_id });
		if (!gone) throw notFound(`chat session ${id.slice(0, 60)}`);
		const target = { type: 'chat_session', id: gone.session_id, name: gone.session_id };
		await audit(tx, { action: 'session.deleted', target });
		await record(tx, 'session.deleted', gone);
	});
}
