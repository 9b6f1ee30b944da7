import { audit } from '../audit/unchecked.ts';
import { authSessionIdOf, endAuthSessions } from '../auth/unchecked.ts';
import { requireSignedIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { unauthorized } from '#lib/server/core/errors.ts';

/** Signs the user out of every browser except the one with this cookie. */
export async function endOtherAuthSessions(ctx: Ctx, cookie: string | null): Promise<void> {
	const actor = requireSignedIn(ctx);
	const current = authSessionIdOf(ctx, cookie);
	if (current === undefined) throw unauthorized('sign in first');
	await inTransaction(ctx, async (tx) => {
		await endAuthSessions(tx, actor.id, current);
		const target = { type: 'user', id: actor.id, name: actor.name };
		await audit(tx, { action: 'user.signed_out_everywhere', target, detail: { others: true } });
	});
}
