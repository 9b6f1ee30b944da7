import { sql } from 'drizzle-orm';
import type { Replay } from '#lib/contract/test-chat.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { findReplay } from './internal.ts';

/** The replay of this user that runs now, or null. */
export async function findRunningReplay(ctx: Ctx): Promise<Replay | null> {
	const user_id = requirePerson(ctx);
	const found = await findReplay(ctx.db, sql`r.user_id = ${user_id} and r.status = 'running'`);
	return found?.replay ?? null;
}
