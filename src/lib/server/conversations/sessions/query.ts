import { and, desc, eq, gte, inArray, isNull, lt, ne, sql, type SQL } from 'drizzle-orm';
import { archiveStatus, type ArchiveStatus } from '#lib/contract/common.ts';
import type { sessionListQuery } from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { afterCursor } from '#lib/server/core/db/keyset.ts';
import { chat_sessions, isLong, LONG_MS, sites } from '#lib/server/core/db/schema/index.ts';
import { selectSessions } from './present.ts';
import { searchList } from './search-list.ts';
import { matchesWords } from './words.ts';

const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z');

type Query = ReturnType<typeof sessionListQuery.parse>;

/** A page of chat sessions that match, last activity first, and one more if there is. */
export async function selectMatching(ctx: Ctx, query: Query) {
	const most = query.limit + 1;
	const condition = and(...conditions(query));
	const found =
		query.q === undefined
			? foundBy(query, condition, most)
			: inArray(chat_sessions.id, await searchList(ctx, query.q, { condition, most, inOrder }));
	return selectSessions(ctx.db)
		.where(found)
		.orderBy(desc(chat_sessions.last_activity_at), desc(chat_sessions.id))
		.limit(most);

	function inOrder(length: number): SQL {
		return sql`select ${chat_sessions.id} as id from ${chat_sessions} where ${foundBy(query, condition, length)}
			order by ${chat_sessions.last_activity_at} desc, ${chat_sessions.id} desc limit ${length}`;
	}
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
		.where(and(...conditions(query), await hasWords(ctx, query), hasStatus, isBefore))
		.orderBy(desc(chat_sessions.id))
		.limit(query.limit);
}

const hasWords = (ctx: Ctx, { q }: Query) => (q === undefined ? undefined : matchesWords(ctx, q));

/**
 * The condition as it is walked in the list's order: where one index has not the whole list, every way through its part
 * gives a page at most.
 */
function foundBy(query: Query, condition: SQL | undefined, most: number): SQL | undefined {
	const ways = waysThrough(query).map((way) => and(condition, way));
	if (ways.length === 1) return ways[0];
	const pages = ways.map(
		(way) => sql`(select ${chat_sessions.id} from ${chat_sessions} where ${way}
			order by ${chat_sessions.last_activity_at} desc, ${chat_sessions.id} desc limit ${most})`,
	);
	return sql`${chat_sessions.id} = any(array(${sql.join(pages, sql` union all `)}))`;
}

/** Parts that make up the list: by archive status, and of chats that began before a time those that ended soon after. */
function waysThrough(query: Query): (SQL | undefined)[] {
	const { from, to } = query;
	const { last_activity_at } = chat_sessions;
	// Nothing is active before it began, so that the walk ends there.
	const sinceFrom = from === undefined ? undefined : gte(last_activity_at, new Date(from));
	const soon = to === undefined ? undefined : soonAfter(to);
	const times = soon ? [lt(last_activity_at, soon), and(gte(last_activity_at, soon), isLong)] : [];
	return archiveStates(query).flatMap((state) =>
		(soon ? times : [undefined]).map((time) => and(state, sinceFrom, time)),
	);
}

/** The named one, or each in turn, unless something else in the query has an index with both. */
function archiveStates({ archive_status, qa_status, site, channel, assignee }: Query) {
	const is = (status: ArchiveStatus) => eq(chat_sessions.archive_status, status);
	if (archive_status) return [is(archive_status)];
	const isReviewed = qa_status !== undefined && qa_status !== 'unchecked';
	const isRare = (channel !== undefined && channel !== 'web') || typeof assignee === 'number';
	if (isReviewed || site !== undefined || isRare) return [undefined];
	return archiveStatus.options.map(is);
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
