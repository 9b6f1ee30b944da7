import { lte, or, sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { auth_sessions } from '#lib/server/core/db/schema/index.ts';
import { IDLE_MS, MAX_AGE_MS } from './lucia.ts';

/** Deletes expired auth sessions. Run by the sweep. */
export async function deleteExpiredAuthSessions(ctx: Ctx): Promise<void> {
	const now = ctx.app.clock();
	const before = (ms: number) => new Date(now.getTime() - ms);
	const { expiresAt, created_at, last_seen_at } = auth_sessions;
	const last_use = sql<Date>`coalesce(${last_seen_at}, ${created_at})`.mapWith(created_at);
	await ctx.db
		.delete(auth_sessions)
		.where(
			or(
				lte(expiresAt, now),
				lte(created_at, before(MAX_AGE_MS)),
				lte(last_use, before(IDLE_MS).toISOString()),
			),
		);
}
