import { sql } from 'drizzle-orm';
import { type z } from 'zod';
import {
	MAX_COUNT,
	sessionCounts,
	sessionCountsQuery,
	type SessionCounts,
} from '#lib/contract/session.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, sites } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';

/** How many chat sessions the inbox's views have, of one site or of all; each is counted up to 1,000. */
export async function countSessions(
	ctx: Ctx,
	input: z.input<typeof sessionCountsQuery>,
): Promise<SessionCounts> {
	requireTeam(ctx, 'sessions:read');
	const { site } = parse(sessionCountsQuery, input);
	const isOfSite =
		site === undefined
			? sql`true`
			: sql`site_id = (select ${sites.id} from ${sites} where ${sites.key} = ${site})`;
	// In the order of an index, which is as dense as the list: else Postgres reads the table from its oldest row.
	const count = (view: string) => sql`(select count(*)::int from (
		select 1 from ${chat_sessions} where archive_status = 'active' and channel <> 'test' and ${isOfSite} and ${sql.raw(view)}
		order by last_activity_at desc, id desc limit ${MAX_COUNT}) counted)`;
	const { rows } = await ctx.db.execute(sql`select
		${count('true')} as active,
		${count("completion_status = 'in_progress'")} as in_progress,
		${count("completion_status = 'complete'")} as complete,
		${count("completion_status = 'complete' and qa_status = 'unchecked'")} as to_review`);
	return sessionCounts.parse(rows[0]);
}
