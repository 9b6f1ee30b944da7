import { and, desc, eq, gte, isNull, lt, ne, sql, type SQL } from 'drizzle-orm';
import { archiveStatus } from '$lib/contract/common';
import type { sessionListQuery } from '$lib/contract/session';
import type { Ctx } from '../context';
import { afterCursor } from '../db/keyset';
import { chat_sessions, isLong, LONG_MS, sites } from '../db/schema';
import { selectSessions } from './present';
import { matchesWords } from './words';

const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z');

type Query = ReturnType<typeof sessionListQuery.parse>;

/** A page of chat sessions that match, last activity first, and one more if there is. */
export async function selectMatching(ctx: Ctx, query: Query) {
	return selectSessions(ctx.db)
		.where(foundBy(query, await matching(ctx, query)))
		.orderBy(desc(chat_sessions.last_activity_at), desc(chat_sessions.id))
		.limit(query.limit + 1);
}

/**
 * Up to `limit` chat sessions that match, before a row id, newest first: an order that no activity changes, so that a long
 * walk meets every one of them once. Read by the primary key.
 */
export async function selectBatch(ctx: Ctx, query: Query, before: number | undefined) {
	const { archive_status: status } = query;
	const isBefore = before === undefined ? undefined : lt(chat_sessions.id, before);
	const hasStatus = status && eq(chat_sessions.archive_status, status);
	return selectSessions(ctx.db)
		.where(and(await matching(ctx, query), hasStatus, isBefore))
		.orderBy(desc(chat_sessions.id))
		.limit(query.limit);
}

async function matching(ctx: Ctx, query: Query): Promise<SQL | undefined> {
	const hasWords = query.q === undefined ? undefined : await matchesWords(ctx, query.q);
	return and(...conditions(query), hasWords);
}

/**
 * The condition as it is walked in the list's order: where one index has not the whole list, every way through its part
 * gives a page at most.
 */
function foundBy(query: Query, condition: SQL | undefined): SQL | undefined {
	const ways = waysThrough(query).map((way) => and(condition, way));
	if (ways.length === 1) return ways[0];
	const pages = ways.map(
		(way) => sql`(select ${chat_sessions.id} from ${chat_sessions} where ${way}
			order by ${chat_sessions.last_activity_at} desc, ${chat_sessions.id} desc limit ${query.limit + 1})`,
	);
	return sql`${chat_sessions.id} = any(array(${sql.join(pages, sql` union all `)}))`;
}

/** Parts that make up the list: by archive status, and of chats that began before a time those that ended soon after. */
function waysThrough({ archive_status, from, to }: Query): (SQL | undefined)[] {
	const { last_activity_at } = chat_sessions;
	const statuses = archive_status ? [archive_status] : archiveStatus.options;
	// Nothing is active before it began, so that the walk ends there.
	const sinceFrom = from === undefined ? undefined : gte(last_activity_at, new Date(from));
	const soon = to === undefined ? undefined : soonAfter(to);
	const times = soon ? [lt(last_activity_at, soon), and(gte(last_activity_at, soon), isLong)] : [];
	return statuses.flatMap((status) =>
		(soon ? times : [undefined]).map((time) =>
			and(eq(chat_sessions.archive_status, status), sinceFrom, time),
		),
	);
}

/** No later than what Postgres reads in ISO 8601. */
const soonAfter = (time: string) => new Date(Math.min(Date.parse(time) + LONG_MS, LATEST_MS));

function conditions(query: Query): (SQL | undefined)[] {
	const is = <T>(value: T | undefined, condition: (value: T) => SQL | undefined) =>
		value === undefined ? undefined : condition(value);
	return [
		is(query.completion_status, (value) => eq(chat_sessions.completion_status, value)),
		is(query.qa_status, (value) => eq(chat_sessions.qa_status, value)),
		// Test chats are shown only to who asks for them.
		query.channel === undefined
			? ne(chat_sessions.channel, 'test')
			: eq(chat_sessions.channel, query.channel),
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
