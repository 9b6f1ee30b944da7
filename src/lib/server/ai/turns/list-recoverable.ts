import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';

/** Of one site, and of all sites. */
const MAX_PER_SITE = 100;
const MAX_ALL = 1_000;

const recoverable = z.object({
	chat_session_id: z.coerce.number(),
	session_id: z.string(),
	site_id: z.coerce.number(),
});

/**
 * Lists chat sessions that nobody is answering: their turn is pending, or was running in a process that crashed. Every
 * site gets its share, and chats that are `queued` here already are left out, so that the queue of a site whose AI hangs
 * never hides another site. At most 1,000.
 */
export async function listRecoverable(
	ctx: Ctx,
	{ queued, areLeasesValid }: { queued: number[]; areLeasesValid: boolean },
): Promise<z.infer<typeof recoverable>[]> {
	const { rows } = await ctx.db.execute(sql`
		select chat_session_id, session_id, site_id from (
			select id as chat_session_id, public_id as session_id, site_id,
				row_number() over (partition by site_id order by id) as place
			from chat_sessions
			where (is_awaiting_reply or turn_id is not null) and not ai_paused
				and (turn_id is null or (turn_lease_until < now() and ${areLeasesValid}))
				and last_activity_at < now() - interval '2 seconds'
				and not exists (
					select from unnest(${sql.param(queued)}::bigint[]) queued (id) where queued.id = chat_sessions.id
				)
		) ranked
		where place <= ${MAX_PER_SITE} order by place, chat_session_id limit ${MAX_ALL}`);
	return z.array(recoverable).parse(rows);
}
