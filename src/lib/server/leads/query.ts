import { and, desc, eq, gte, lt, sql, type SQL } from 'drizzle-orm';
import type { z } from 'zod';
import type { leadFilter } from '$lib/contract/lead';
import type { Db } from '../db/client';
import { afterCursor } from '../db/keyset';
import { chat_sessions, leadDocument, leads, sites } from '../db/schema';
import { wordsQuery } from '../db/search';

/** A page of leads that match, newest first, each with its chat session and site; for the list and the export. */
export function selectLeads(
	db: Db,
	filter: z.output<typeof leadFilter>,
	page: { limit: number; cursor?: string | null },
) {
	return db
		.select({ lead: leads, session_id: chat_sessions.public_id, site_id: chat_sessions.site_id })
		.from(leads)
		.innerJoin(chat_sessions, eq(chat_sessions.id, leads.chat_session_id))
		.innerJoin(sites, eq(sites.id, chat_sessions.site_id))
		.where(
			and(
				...conditions(filter),
				page.cursor ? afterCursor(leads.created_at, leads.id, page.cursor) : undefined,
			),
		)
		.orderBy(desc(leads.created_at), desc(leads.id))
		.limit(page.limit);
}

function conditions({ site, q, from, to }: z.output<typeof leadFilter>): (SQL | undefined)[] {
	return [
		site === undefined ? undefined : eq(sites.key, site),
		q === undefined ? undefined : sql`${leadDocument} @@ ${wordsQuery(q)}`,
		from === undefined ? undefined : gte(leads.created_at, new Date(from)),
		to === undefined ? undefined : lt(leads.created_at, new Date(to)),
	];
}
