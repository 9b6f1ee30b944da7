import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { detectCompletions } from './detect-completions.ts';
import { findSession } from './find.ts';

const PAGE = 200;

/**
 * Marks chat sessions abandoned after their site's idle time, and before that completes those whose completion went
 * unnoticed. Several processes may sweep at once: rows are taken with SKIP LOCKED.
 */
export async function sweepSessions(ctx: Ctx): Promise<{ completed: number; abandoned: number }> {
	const now = ctx.app.clock().toISOString();
	const isIdle = sql`s.completion_status = 'in_progress'
		and s.last_activity_at < ${now}::timestamptz - make_interval(mins => site.idle_minutes)`;
	const { session_ids } = await detectCompletions(ctx, { source: 'sweep', where: isIdle });
	let abandoned = 0;
	for (;;) {
		const taken = await abandonPage(ctx, isIdle);
		abandoned += taken;
		if (taken < PAGE) return { completed: session_ids.length, abandoned };
	}
}

function abandonPage(ctx: Ctx, isIdle: ReturnType<typeof sql>): Promise<number> {
	return inTransaction(ctx, async (tx) => {
		const { rows } = await tx.db.execute(sql`
			update chat_sessions set completion_status = 'abandoned' where id in (
				select s.id from chat_sessions s join sites site on site.id = s.site_id
				where ${isIdle} order by s.id limit ${PAGE} for no key update of s skip locked
			) returning id`);
		const ids = z.array(z.object({ id: z.coerce.number() })).parse(rows);
		for (const { id } of ids) {
			const session = await findSession(tx, id);
			if (!session) continue;
			await record(tx, 'session.abandoned', { session });
			await record(tx, 'session.updated', { session });
		}
		return ids.length;
	});
}
