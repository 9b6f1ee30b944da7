import { sql } from 'drizzle-orm';
import type { CompletionSync } from '#lib/contract/sync.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { detectCompletions } from './detect-completions.ts';

/** Checks every chat session that is not complete for a completion that went unnoticed; safe to repeat. */
export async function syncCompletionStatus(ctx: Ctx): Promise<CompletionSync> {
	requireTeam(ctx, 'sync');
	const { checked, session_ids } = await detectCompletions(ctx, {
		source: 'sync',
		where: sql`true`,
	});
	return { checked, updated: session_ids.length, session_ids };
}
