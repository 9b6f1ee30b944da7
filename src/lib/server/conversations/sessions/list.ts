import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Page } from '#lib/contract/common.ts';
import {
	MAX_COUNT,
	sessionCounts,
	sessionCountsQuery,
	sessionListQuery,
	type Session,
	type SessionCounts,
	type SessionListQuery,
} from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { toPage } from '#lib/server/core/db/keyset.ts';
import { type Read, runRead } from '#lib/server/core/db/reads.ts';
import { chat_sessions, sites } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { resolveHandle, type SessionHandle, type SessionRef } from './get.ts';
import { presentSession, readSessions } from './present.ts';
import { selectMatching } from './query.ts';
import { findMatches } from './search.ts';

const MAX_OF_PERSON = 20;

/** Returns a page of the chat sessions that match the filter, last activity first; in a search, each with its match. */
export async function listSessions(ctx: Ctx, input: SessionListQuery): Promise<Page<Session>> {
	requireTeam(ctx, 'sessions:read');
	const query = parse(sessionListQuery, input);
	const { q, limit } = query;
	const rows = await selectMatching(ctx, query);
	const page = toPage(rows.map(presentSession), limit, (session) => session.last_activity_at);
	return q === undefined ? page : withMatches(ctx, page, q);
}

async function withMatches(ctx: Ctx, page: Page<Session>, q: string): Promise<Page<Session>> {
	const ids = page.items.map(({ id }) => id);
	const matches = await findMatches(ctx, ids, q);
	return {
		...page,
		items: page.items.map((session) => {
			const match = matches.get(session.id);
			return match ? { ...session, match } : session;
		}),
	};
}

/** Returns the number of chat sessions in each view of the inbox, for one site or all, at most 1,000 each. */
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
	// The order makes Postgres use the list's index; otherwise it would scan the table from its oldest row.
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

/** Returns other chat sessions whose lead has the same email or phone number, last activity first, at most 20. Throws `not_found`. */
export async function listSessionsOfPerson(ctx: Ctx, ref: SessionRef): Promise<Session[]> {
	requireTeam(ctx, 'sessions:read');
	return runRead(ctx.db, readSessionsOfPerson(await resolveHandle(ctx, ref)));
}

/** Returns the query of these chat sessions. Uses the indexes leads_email and leads_phone. Checks no permission. */
export const readSessionsOfPerson = ({ id }: SessionHandle): Read<Session[]> =>
	readSessions(sql`
		where chat_sessions.id <> ${id} and chat_sessions.channel <> 'test' and chat_sessions.id in (
			select chat_session_id from leads
			where lower(email) = (select lower(email) from leads where chat_session_id = ${id})
			union
			select chat_session_id from leads where phone = (select phone from leads where chat_session_id = ${id})
		)
		order by chat_sessions.last_activity_at desc, chat_sessions.id desc limit ${MAX_OF_PERSON}`);
