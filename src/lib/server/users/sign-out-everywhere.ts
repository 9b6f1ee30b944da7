import { eq } from 'drizzle-orm';
import { audit } from '../audit';
import { endAuthSessions } from '../auth';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { users } from '../db/schema';
import { inTransaction } from '../db/transaction';
import { notFound } from '../errors';

/** Ends all auth sessions of a user, open sockets too. For admins; throws NotFound. */
export async function signOutEverywhere(ctx: Ctx, id: number): Promise<void> {
	requireAdmin(ctx);
	await inTransaction(ctx, async (tx) => {
		const [user] = await tx.db.select({ name: users.name }).from(users).where(eq(users.id, id));
		if (!user) throw notFound('the user');
		await endAuthSessions(tx, id);
		const target = { type: 'user', id, name: user.name };
		await audit(tx, { action: 'user.signed_out_everywhere', target });
	});
}
