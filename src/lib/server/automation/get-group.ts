import type { ErrorGroup } from '$lib/contract/automation-error';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { findGroup } from './present';

/** A group of failures with its newest one; throws NotFound. */
export async function getErrorGroup(ctx: Ctx, id: number): Promise<ErrorGroup> {
	requireTeam(ctx, 'errors:read');
	return findGroup(ctx.db, id);
}
