import { and, desc, eq, gte, isNull, lt, sql, type SQL } from 'drizzle-orm';
import type { Page } from '$lib/contract/common';
import { sessionListQuery, type Session, type SessionListQuery } from '$lib/contract/session';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { toPage } from '../cursor';
import { afterCursor } from '../db/keyset';
import { chat_sessions, leadDocument, leads, messages, sites } from '../db/schema';
import { wordsQuery } from '../db/search';
import { parse } from '../parse';
import { presentSession, selectSessions } from './present';

/** Chat sessions that match the filter, last activity first, as keyset pages. */
export async function listSessions(ctx: Ctx, input: SessionListQuery): Promise<Page<Session>> {
	requireTeam(ctx, 'sessions:read');
	const query = parse(sessionListQuery, input);
	const rows = await selectSessions(ctx.db)
		.where(and(...conditions(query)))
		.orderBy(desc(chat_sessions.last_activity_at), desc(chat_sessions.id))
		.limit(query.limit + 1);
	return toPage(rows.map(presentSession), query.limit, (session) => session.last_activity_at);
}

function conditions(query: ReturnType<typeof sessionListQuery.parse>): (SQL | undefined)[] {
	const is = <T>(value: T | undefined, condition: (value: T) => SQL | undefined) =>
		value === undefined ? undefined : condition(value);
	return [
		is(query.archive_status, (value) => eq(chat_sessions.archive_status, value)),
		is(query.completion_status, (value) => eq(chat_sessions.completion_status, value)),
		is(query.qa_status, (value) => eq(chat_sessions.qa_status, value)),
		is(query.channel, (value) => eq(chat_sessions.channel, value)),
		is(query.ai_engaged, (value) => eq(chat_sessions.ai_engaged, value)),
		is(query.site, (key) =>
			eq(
				chat_sessions.site_id,
				sql`(select ${sites.id} from ${sites} where ${sites.key} = ${key})`,
			),
		),
		is(query.assignee, (value) =>
			value === 'none' ? isNull(chat_sessions.assignee_id) : eq(chat_sessions.assignee_id, value),
		),
		is(query.from, (value) => gte(chat_sessions.created_at, new Date(value))),
		is(query.to, (value) => lt(chat_sessions.created_at, new Date(value))),
		is(query.q, (words) => matchesWords(words)),
		is(query.cursor, (cursor) =>
			afterCursor(chat_sessions.last_activity_at, chat_sessions.id, cursor),
		),
	];
}

/** All words, in one message or in the lead; the last word by its beginning. */
function matchesWords(words: string): SQL {
	const query = wordsQuery(words);
	return sql`${chat_sessions.id} in (
		select ${messages.chat_session_id} from ${messages} where to_tsvector('simple', ${messages.message}) @@ ${query}
		union all
		select ${leads.chat_session_id} from ${leads} where ${leadDocument} @@ ${query})`;
}
