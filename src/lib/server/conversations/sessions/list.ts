import { and, desc, eq, gte, inArray, isNull, lt, ne, sql, type SQL } from 'drizzle-orm';
import type { z } from 'zod';
import { archiveStatus, type ArchiveStatus, type Page } from '#lib/contract/common.ts';
import {
	MAX_COUNT,
	type Session,
	sessionCounts,
	type SessionCounts,
	sessionCountsQuery,
	sessionListQuery,
	type SessionListQuery,
} from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { needsAttention } from '#lib/server/core/db/attention.ts';
import { afterCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { type Read, readFromReplica, runRead } from '#lib/server/core/db/reads.ts';
import { chat_sessions, isLong, LONG_MS, sites } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import {
	presentSession,
	readSessions,
	resolveHandle,
	selectSessions,
	type SessionHandle,
	type SessionRef,
} from './get.ts';
import { findMatches, matchesWords, searchList } from './search.ts';

const MAX_SESSIONS_OF_PERSON = 20;

/** Returns a page of the chat sessions that match the filter, latest activity first. In a search, each item includes its match. */
export async function listSessions(ctx: Ctx, input: SessionListQuery): Promise<Page<Session>> {
	requireTeam(ctx, 'sessions:read');
	const query = parse(sessionListQuery, input);
	return readFromReplica(ctx, (replica) => readPage(replica, query));
}

async function readPage(ctx: Ctx, query: Query): Promise<Page<Session>> {
	const { q, limit } = query;
	const rows = await selectMatching(ctx, query);
	const page = toPage(rows.map(presentSession), limit, (session) => session.last_activity_at);
	return q === undefined ? page : addMatches(ctx, page, q);
}

async function addMatches(ctx: Ctx, page: Page<Session>, q: string): Promise<Page<Session>> {
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

/** Returns the number of chat sessions in each inbox view, for one site or all, at most 1,000 each. Each count uses the index of its list. */
export async function countSessions(
	ctx: Ctx,
	input: z.input<typeof sessionCountsQuery>,
): Promise<SessionCounts> {
	requireTeam(ctx, 'sessions:read');
	const { site } = parse(sessionCountsQuery, input);
	const siteCondition =
		site === undefined
			? sql`true`
			: sql`site_id = (select ${sites.id} from ${sites} where ${sites.key} = ${site})`;
	// The order makes Postgres use the list's index; otherwise it would scan the table from its oldest row.
	const count = (view: SQL) => sql`(select count(*)::int from (
		select 1 from ${chat_sessions} where archive_status = 'active' and channel <> 'test' and ${siteCondition} and ${view}
		order by last_activity_at desc, id desc limit ${MAX_COUNT}) counted)`;
	const counts = sql`select
		${count(sql`true`)} as active,
		${count(needsAttention('waiting'))} as waiting,
		${count(sql`completion_status = 'in_progress'`)} as in_progress,
		${ctx.actor.type === 'user' ? count(sql`assignee_id = ${ctx.actor.id}`) : sql`0`} as mine,
		${count(sql`completion_status = 'complete'`)} as complete,
		${count(sql`completion_status = 'complete' and qa_status = 'unchecked'`)} as to_review`;
	const { rows } = await readFromReplica(ctx, ({ db }) => db.execute(counts));
	return sessionCounts.parse(rows[0]);
}

/** Returns other chat sessions whose lead has the same email or phone number, latest activity first, at most 20. Throws `not_found`. */
export async function listSessionsOfPerson(ctx: Ctx, ref: SessionRef): Promise<Session[]> {
	requireTeam(ctx, 'sessions:read');
	return runRead(ctx.db, readSessionsOfPerson(await resolveHandle(ctx, ref)));
}

/** Returns the query for the other chat sessions of the same person. Uses the indexes leads_email and leads_phone. Doesn't check permissions. */
export const readSessionsOfPerson = ({ id }: SessionHandle): Read<Session[]> =>
	readSessions(sql`
		where chat_sessions.id <> ${id} and chat_sessions.channel <> 'test' and chat_sessions.id in (
			select chat_session_id from leads
			where lower(email) = (select lower(email) from leads where chat_session_id = ${id})
			union
			select chat_session_id from leads where phone = (select phone from leads where chat_session_id = ${id})
		)
		order by chat_sessions.last_activity_at desc, chat_sessions.id desc limit ${MAX_SESSIONS_OF_PERSON}`);

/** The latest time in ISO 8601 with a four-digit year, which Postgres can parse. */
const MAX_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z');

type Query = ReturnType<typeof sessionListQuery.parse>;

/** Selects a page of matching chat sessions, latest activity first, plus one more to tell whether another page follows. */
async function selectMatching(ctx: Ctx, query: Query) {
	const max = query.limit + 1;
	const condition = and(...listConditions(query));
	const isOnPage =
		query.q === undefined
			? scanCondition(query, condition, max)
			: inArray(chat_sessions.id, await searchList(ctx, query.q, { condition, max, selectTop }));
	return selectSessions(ctx.db)
		.where(isOnPage)
		.orderBy(desc(chat_sessions.last_activity_at), desc(chat_sessions.id))
		.limit(max);

	function selectTop(length: number): SQL {
		return sql`select ${chat_sessions.id} as id from ${chat_sessions} where ${scanCondition(query, condition, length)}
			order by ${chat_sessions.last_activity_at} desc, ${chat_sessions.id} desc limit ${length}`;
	}
}

/**
 * Selects up to `limit` matching chat sessions with a row id below `before`, newest first. Activity doesn't change this
 * order, so reading all batches returns each chat session exactly once. Uses the primary key.
 */
export async function selectBatch(ctx: Ctx, query: Query, before: number | undefined) {
	const { archive_status: status } = query;
	const isBefore = before === undefined ? undefined : lt(chat_sessions.id, before);
	const hasStatus = status && eq(chat_sessions.archive_status, status);
	return selectSessions(ctx.db)
		.where(
			and(...listConditions(query), await createWordsCondition(ctx, query), hasStatus, isBefore),
		)
		.orderBy(desc(chat_sessions.id))
		.limit(query.limit);
}

const createWordsCondition = (ctx: Ctx, { q }: Query) =>
	q === undefined ? undefined : matchesWords(ctx, q);

/**
 * Returns the condition in a form that Postgres can evaluate in the list's order. If no single index covers the list,
 * combines at most one page from each partition that an index covers.
 */
function scanCondition(query: Query, condition: SQL | undefined, max: number): SQL | undefined {
	const parts = listPartitions(query).map((part) => and(condition, part));
	if (parts.length === 1) return parts[0];
	const pages = parts.map(
		(part) => sql`(select ${chat_sessions.id} from ${chat_sessions} where ${part}
			order by ${chat_sessions.last_activity_at} desc, ${chat_sessions.id} desc limit ${max})`,
	);
	return sql`${chat_sessions.id} = any(array(${sql.join(pages, sql` union all `)}))`;
}

/** Partitions the list by archive status and, if `to` is set, into chats last active before or soon after it, and long chats. */
function listPartitions(query: Query): (SQL | undefined)[] {
	const { from, to } = query;
	const { last_activity_at } = chat_sessions;
	// A chat can't be active before it starts, so the scan can end here.
	const sinceFrom = from === undefined ? undefined : gte(last_activity_at, new Date(from));
	const soonAfter = to === undefined ? undefined : addLongDuration(to);
	const times = soonAfter
		? [lt(last_activity_at, soonAfter), and(gte(last_activity_at, soonAfter), isLong)]
		: [];
	return listArchiveConditions(query).flatMap((state) =>
		(soonAfter ? times : [undefined]).map((time) => and(state, sinceFrom, time)),
	);
}

/** Returns one condition per archive status to scan, or a single undefined one if another filter's index covers both. */
function listArchiveConditions({ archive_status, qa_status, site, channel, assignee }: Query) {
	const hasStatus = (status: ArchiveStatus) => eq(chat_sessions.archive_status, status);
	if (archive_status) return [hasStatus(archive_status)];
	const isReviewed = qa_status !== undefined && qa_status !== 'unchecked';
	const isRare = (channel !== undefined && channel !== 'web') || typeof assignee === 'number';
	if (isReviewed || site !== undefined || isRare) return [undefined];
	return archiveStatus.options.map(hasStatus);
}

const addLongDuration = (time: string) =>
	new Date(Math.min(Date.parse(time) + LONG_MS, MAX_TIME_MS));

function listConditions(query: Query): (SQL | undefined)[] {
	const addIf = <T>(value: T | undefined, condition: (value: T) => SQL | undefined) =>
		value === undefined ? undefined : condition(value);
	return [
		addIf(query.completion_status, (value) => eq(chat_sessions.completion_status, value)),
		addIf(query.qa_status, (value) => eq(chat_sessions.qa_status, value)),
		addIf(query.attention, needsAttention),
		// Test chats are listed only on request.
		query.channel === undefined
			? ne(chat_sessions.channel, 'test')
			: eq(chat_sessions.channel, query.channel),
		addIf(query.ai_engaged, (value) => eq(chat_sessions.ai_engaged, value)),
		addIf(query.site, (key) =>
			eq(
				chat_sessions.site_id,
				sql`(select ${sites.id} from ${sites} where ${sites.key} = ${key})`,
			),
		),
		addIf(query.assignee, (value) =>
			value === 'none' ? isNull(chat_sessions.assignee_id) : eq(chat_sessions.assignee_id, value),
		),
		addIf(query.from, (value) => gte(chat_sessions.created_at, new Date(value))),
		addIf(query.to, (value) => lt(chat_sessions.created_at, new Date(value))),
		addIf(query.cursor, (cursor) =>
			afterCursor(chat_sessions.last_activity_at, chat_sessions.id, cursor),
		),
	];
}
