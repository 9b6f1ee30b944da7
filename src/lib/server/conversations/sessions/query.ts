import { and, desc, eq, gte, inArray, isNull, lt, ne, sql, type SQL } from 'drizzle-orm';
import { archiveStatus, type ArchiveStatus } from '#lib/contract/common.ts';
import type { sessionListQuery } from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { needsAttention } from '#lib/server/core/db/attention.ts';
import { afterCursor } from '#lib/server/core/db/keyset.ts';
import { chat_sessions, isLong, LONG_MS, sites } from '#lib/server/core/db/schema/index.ts';
import { selectSessions } from './present.ts';
import { matchesWords, searchList } from './search.ts';

/** The latest time that Postgres reads in ISO 8601 with four digits of the year. */
const MAX_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z');

type Query = ReturnType<typeof sessionListQuery.parse>;

/** Selects a page of the chat sessions that match, last activity first, and one more to tell whether another page follows. */
export async function selectMatching(ctx: Ctx, query: Query) {
	const max = query.limit + 1;
	const condition = and(...conditions(query));
	const found =
		query.q === undefined
			? scanCondition(query, condition, max)
			: inArray(chat_sessions.id, await searchList(ctx, query.q, { condition, max, selectTop }));
	return selectSessions(ctx.db)
		.where(found)
		.orderBy(desc(chat_sessions.last_activity_at), desc(chat_sessions.id))
		.limit(max);

	function selectTop(length: number): SQL {
		return sql`select ${chat_sessions.id} as id from ${chat_sessions} where ${scanCondition(query, condition, length)}
			order by ${chat_sessions.last_activity_at} desc, ${chat_sessions.id} desc limit ${length}`;
	}
}

/**
 * Selects up to `limit` matching chat sessions with a lower row id than `before`, newest first. Activity doesn't change this
 * order, so reading all batches returns each chat session once. Uses the primary key.
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
 * Returns the condition in a form that Postgres evaluates in the list's order. Where no single index covers the list, it
 * combines at most one page from each part that an index does cover.
 */
function scanCondition(query: Query, condition: SQL | undefined, max: number): SQL | undefined {
	const parts = partsOf(query).map((part) => and(condition, part));
	if (parts.length === 1) return parts[0];
	const pages = parts.map(
		(part) => sql`(select ${chat_sessions.id} from ${chat_sessions} where ${part}
			order by ${chat_sessions.last_activity_at} desc, ${chat_sessions.id} desc limit ${max})`,
	);
	return sql`${chat_sessions.id} = any(array(${sql.join(pages, sql` union all `)}))`;
}

/** Splits the list by archive status and, with a latest start, into chats whose activity ended soon after it and long ones. */
function partsOf(query: Query): (SQL | undefined)[] {
	const { from, to } = query;
	const { last_activity_at } = chat_sessions;
	// No chat is active before it starts, so the scan can end here.
	const sinceFrom = from === undefined ? undefined : gte(last_activity_at, new Date(from));
	const soon = to === undefined ? undefined : soonAfter(to);
	const times = soon ? [lt(last_activity_at, soon), and(gte(last_activity_at, soon), isLong)] : [];
	return archiveStates(query).flatMap((state) =>
		(soon ? times : [undefined]).map((time) => and(state, sinceFrom, time)),
	);
}

/** Returns the filtered status, or each one, unless another filter has an index that covers both. */
function archiveStates({ archive_status, qa_status, site, channel, assignee }: Query) {
	const is = (status: ArchiveStatus) => eq(chat_sessions.archive_status, status);
	if (archive_status) return [is(archive_status)];
	const isReviewed = qa_status !== undefined && qa_status !== 'unchecked';
	const isRare = (channel !== undefined && channel !== 'web') || typeof assignee === 'number';
	if (isReviewed || site !== undefined || isRare) return [undefined];
	return archiveStatus.options.map(is);
}

const soonAfter = (time: string) => new Date(Math.min(Date.parse(time) + LONG_MS, MAX_TIME_MS));

function conditions(query: Query): (SQL | undefined)[] {
	const when = <T>(value: T | undefined, condition: (value: T) => SQL | undefined) =>
		value === undefined ? undefined : condition(value);
	return [
		when(query.completion_status, (value) => eq(chat_sessions.completion_status, value)),
		when(query.qa_status, (value) => eq(chat_sessions.qa_status, value)),
		when(query.attention, needsAttention),
		// Test chats are listed only on request.
		query.channel === undefined
			? ne(chat_sessions.channel, 'test')
			: eq(chat_sessions.channel, query.channel),
		when(query.ai_engaged, (value) => eq(chat_sessions.ai_engaged, value)),
		when(query.site, (key) =>
			eq(
				chat_sessions.site_id,
				sql`(select ${sites.id} from ${sites} where ${sites.key} = ${key})`,
			),
		),
		when(query.assignee, (value) =>
			value === 'none' ? isNull(chat_sessions.assignee_id) : eq(chat_sessions.assignee_id, value),
		),
		when(query.from, (value) => gte(chat_sessions.created_at, new Date(value))),
		when(query.to, (value) => lt(chat_sessions.created_at, new Date(value))),
		when(query.cursor, (cursor) =>
			afterCursor(chat_sessions.last_activity_at, chat_sessions.id, cursor),
		),
	];
}
