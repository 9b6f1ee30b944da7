import { and, eq, sql } from 'drizzle-orm';
import type { Replay } from '#lib/contract/test-chat.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { replays } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { findReplay } from './internal.ts';

/** Ends a replay of this user's own after the turn that runs; one that has ended stays as it is. Throws NotFound. */
export async function cancelReplay(ctx: Ctx, id: number): Promise<Replay> {
	const user_id = requirePerson(ctx);
	return inTransaction(ctx, async (tx) => {
		const isRunning = and(
			eq(replays.id, id),
			eq(replays.user_id, user_id),
			eq(replays.status, 'running'),
		);
		await tx.db
			.update(replays)
			.set({ status: 'cancelled', finished_at: ctx.app.clock() })
			.where(isRunning);
		const found = await findReplay(tx.db, sql`r.id = ${id} and r.user_id = ${user_id}`);
		if (!found) throw notFound(`replay ${id}`);
		await record(tx, 'replay.updated', found);
		return found.replay;
	});
}
