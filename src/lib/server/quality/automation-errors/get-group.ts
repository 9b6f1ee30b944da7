import type { ErrorGroup } from '#lib/contract/automation-error.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { findGroup } from './present.ts';

/** A group of failures with its newest one; throws NotFound. */
export async function getErrorGroup(ctx: Ctx, id: number): Promise<ErrorGroup> {
	requireTeam(ctx, 'errors:read');
	return findGroup(ctx.db, id);
}
