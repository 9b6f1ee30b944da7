import { and, desc, eq, gte, isNull, lt, sql, type SQL } from 'drizzle-orm';
import type { Page } from '$lib/contract/common';
import { sessionListQuery, type Session, type SessionListQuery } from '$lib/contract/session';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { toPage } from '../cursor';
import { afterCursor } from '../db/keyset';
import { chat_sessions, sites } from '../db/schema';
import { parse } from '../parse';
import { presentSession, selectSessions } from './present';
import { findMatches, matchesWords } from './words';

/** Chat sessions that match the filter, last activity first, as keyset pages; of a search, with where the words are. */
export async function listSessions(ctx: Ctx, input: SessionListQuery): Promise<Page<Session>> {
	requireTeam(ctx, 'sessions:read');
	const query = parse(sessionListQuery, input);
	const { q, limit } = query;
	const hasWords = q === undefined ? undefined : await matchesWords(ctx, q);
	const rows = await selectSessions(ctx.db)
		.where(and(...conditions(query), hasWords))
		.orderBy(desc(chat_sessions.last_activity_at), desc(chat_sessions.id))
		.limit(limit + 1);
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
		is(query.cursor, (cursor) =>
			afterCursor(chat_sessions.last_activity_at, chat_sessions.id, cursor),
		),
	];
}
