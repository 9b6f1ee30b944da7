import { eq } from 'drizzle-orm';
import { audit } from '../audit/unchecked.ts';
import { endAuthSessions } from '../auth/unchecked.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';

/** Ends all auth sessions of a user and closes their sockets. Requires an admin; throws NotFound. */
export async function signOutEverywhere(ctx: Ctx, id: number): Promise<void> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	await inTransaction(ctx, async (tx) => {
		const [user] = await tx.db.select({ name: users.name }).from(users).where(eq(users.id, id));
		if (!user) throw notFound('the user');
		await endAuthSessions(tx, id);
		const target = { type: 'user', id, name: user.name };
		await audit(tx, { action: 'user.signed_out_everywhere', target });
	});
}
