import type { Ctx } from '#lib/server/core/context.ts';
import { luciaOn } from './lucia';

/** Removes auth sessions that have ended by time; for the sweep. */
export async function deleteExpiredAuthSessions(ctx: Ctx): Promise<void> {
	await luciaOn(ctx.app.config, ctx.db).deleteExpiredSessions();
}
