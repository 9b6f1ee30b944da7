import { setImmediate } from 'node:timers/promises';
import { and, desc, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { SearchMatch } from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, leadDocument, leads, messages } from '#lib/server/core/db/schema/index.ts';
import { isStatementTimeout } from '#lib/server/core/db/faults.ts';
import { createSearchQuery } from '#lib/server/core/db/search.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { createSnippet, createHitPattern } from './snippet.ts';

/**
 * The ranges of the list that are checked one chat session at a time. The next range is checked only while the share of hits
 * suggests that all ranges together can fill a page, as they do for words that one chat session in ten contains.
 */
const SCAN_STEPS = [
	[0, 50],
	[50, 150],
	[150, 500],
] as const;
const SCAN_DEPTH = 500;
/** The number of chat sessions looked up together: enough to fill a page with words that one in a hundred contains. */
const LOOKUP_DEPTH = 8_000;
/** The number of hits at which words count as common: checking one chat session at a time then finds enough of them soon. */
const COMMON_HITS = 20_000;

/**
 * The maximum time for reading messages without the full-text index. A visitor can fill the newest chat sessions with long
 * messages, which would otherwise make every search slow. Tests change it.
 */
export const SCAN_LIMIT = { ms: 3_000 };

/** A list of chat sessions to search in. */
interface SearchableList {
	/** The list's own condition. */
	condition: SQL | undefined;
	/** The maximum number of results. */
	max: number;
	/** Selects the ids of the first chat sessions in the list's order. */
	selectTop(length: number): SQL;
}

/**
 * Returns the ids of the first chat sessions in a list that have all words in one message or in the lead; the last word is a
 * prefix. The cost doesn't grow with the number of hits: common words are found near the top of the list, and only for rare
 * ones is their whole index entry read. Parsing a message takes longer than looking up rare words in the index, so few
 * messages are read if few have the words.
 */
export async function searchList(ctx: Ctx, words: string, list: SearchableList): Promise<number[]> {
	const nearestIds = await scanNearest(ctx, words, list);
	if (nearestIds) return nearestIds;
	const top = await selectIds(ctx, list.selectTop(LOOKUP_DEPTH));
	const matchingIds = await lookUpTop(ctx, words, top);
	const ids = top.filter((id) => matchingIds.has(id)).slice(0, list.max);
	return ids.length === list.max || top.length < LOOKUP_DEPTH ? ids : searchAll(ctx, words, list);
}

/** Checks the first chat sessions one by one. Returns undefined unless they fill a page or are the whole list. */
async function scanNearest(
	ctx: Ctx,
	words: string,
	{ selectTop, max }: SearchableList,
): Promise<number[] | undefined> {
	const nearest = await selectIds(ctx, selectTop(SCAN_DEPTH));
	const isWholeList = nearest.length < SCAN_DEPTH;
	const foundIds: number[] = [];
	const deadline = performance.now() + SCAN_LIMIT.ms;
	for (const [start, end] of SCAN_STEPS) {
		const chats = nearest.slice(start, end);
		const search = (tx: Ctx) => scan(tx, words, chats, max - foundIds.length);
		const hits = await runUnlessSlow(ctx, search, deadline - performance.now());
		if (!hits) return undefined;
		foundIds.push(...hits);
		if (foundIds.length === max) return foundIds;
		if (!isWholeList && foundIds.length * (SCAN_DEPTH / end) < max) return undefined;
	}
	return isWholeList ? foundIds : undefined;
}

/** Runs a query. Returns undefined if it takes longer than `ms`. */
async function runUnlessSlow<T>(
	ctx: Ctx,
	query: (tx: Ctx) => Promise<T>,
	ms = SCAN_LIMIT.ms,
): Promise<T | undefined> {
	// Zero would mean no limit.
	const limit = `${Math.max(1, Math.ceil(ms))}ms`;
	try {
		return await inTransaction(ctx, async (tx) => {
			await tx.db.execute(sql`select set_config('statement_timeout', ${limit}, true)`);
			return query(tx);
		});
	} catch (error) {
		if (isStatementTimeout(error)) return undefined;
		throw error;
	}
}

const matchesMessage = (query: SQL) => sql`search_document(${messages.message}) @@ ${query}`;
const matchesLead = (query: SQL) => sql`${leadDocument} @@ ${query}`;
/** Returns a condition that finds chat sessions by the full-text index. */
const matchesIndex = (query: SQL) => sql`${chat_sessions.id} in (
	select ${messages.chat_session_id} from ${messages} where ${matchesMessage(query)}
	union all
	select ${leads.chat_session_id} from ${leads} where ${matchesLead(query)})`;

/** Checks the chat sessions one by one in this order, and stops when there are enough hits. */
function scan(ctx: Ctx, words: string, chats: number[], max: number): Promise<number[]> {
	const query = createSearchQuery(words);
	return selectIds(
		ctx,
		sql`select near.id from unnest(${sql.param(chats)}::bigint[]) near(id)
			where (select true from ${messages} where ${messages.chat_session_id} = near.id and ${matchesMessage(query)} limit 1)
				or (select true from ${leads} where ${leads.chat_session_id} = near.id and ${matchesLead(query)} limit 1)
			limit ${max}`,
	);
}

/** Returns which of these chat sessions contain the words, by combining the full-text index with the index on `chat_session_id`. */
async function lookUpTop(ctx: Ctx, words: string, chats: number[]): Promise<Set<number>> {
	// As a subquery, the words are unknown to the planner, which would otherwise choose to read all hits.
	const query = sql`(select ${createSearchQuery(words)})`;
	const ids = sql`${sql.param(chats)}::bigint[]`;
	const foundIds = await withExactBitmaps(ctx, (tx) =>
		selectIds(
			tx,
			sql`select ${messages.chat_session_id} as id from ${messages}
					where ${messages.chat_session_id} = any(${ids}) and ${matchesMessage(query)}
				union all
				select ${leads.chat_session_id} from ${leads}
					where ${leads.chat_session_id} = any(${ids}) and ${matchesLead(query)}`,
		),
	);
	return new Set(foundIds);
}

/** Runs a query with enough memory for exact bitmaps of all hits; lossy ones would require parsing every message on a page. */
function withExactBitmaps<T>(ctx: Ctx, query: (tx: Ctx) => Promise<T>): Promise<T> {
	return inTransaction(ctx, async (tx) => {
		await tx.db.execute(sql`set local work_mem = '64MB'`);
		return query(tx);
	});
}

/** Searches the whole list by the full-text index. */
function searchAll(ctx: Ctx, words: string, { condition, max }: SearchableList): Promise<number[]> {
	const query = createSearchQuery(words);
	const { last_activity_at, id } = chat_sessions;
	return withExactBitmaps(ctx, async (tx) => {
		const rows = await tx.db
			.select({ id })
			.from(chat_sessions)
			.where(and(condition, matchesIndex(query)))
			.orderBy(desc(last_activity_at), desc(id))
			.limit(max);
		return rows.map((row) => row.id);
	});
}

const idRows = z.array(z.object({ id: z.coerce.number() }));

async function selectIds(ctx: Ctx, query: SQL): Promise<number[]> {
	const { rows } = await ctx.db.execute(query);
	return idRows.parse(rows).map(({ id }) => id);
}

const hitRows = z.array(z.object({ hits: z.coerce.number() }));

/**
 * Returns a condition for chat sessions with all words in one message or in the lead; the last word is a prefix. Rare words
 * are found by the full-text index. Common words are checked in each chat session while the list is scanned, which soon
 * fills a page.
 */
export async function matchesWords(ctx: Ctx, words: string): Promise<SQL> {
	const query = createSearchQuery(words);
	const { rows } = await ctx.db.execute(sql`
		select count(*) hits from (select 1 from ${messages} where ${matchesMessage(query)} limit ${COMMON_HITS}) found`);
	const isCommon = (hitRows.parse(rows)[0]?.hits ?? 0) >= COMMON_HITS;
	if (!isCommon) return matchesIndex(query);
	// The LIMIT keeps Postgres from hashing all hits first.
	return sql`((select true from ${messages} where ${messages.chat_session_id} = ${chat_sessions.id} and ${matchesMessage(query)} limit 1)
		or (select true from ${leads} where ${leads.chat_session_id} = ${chat_sessions.id} and ${matchesLead(query)} limit 1))`;
}

const matchRows = z.array(
	z.object({
		id: z.coerce.number(),
		message_id: z.coerce.number().nullable(),
		text: z.string(),
	}),
);

/** Returns where each chat session contains the words: its newest message with them, else its lead. Empty if that takes too long. */
export async function findMatches(
	ctx: Ctx,
	ids: number[],
	words: string,
): Promise<Map<number, SearchMatch>> {
	if (ids.length === 0) return new Map();
	const result = await runUnlessSlow(ctx, (tx) =>
		tx.db.execute(sql`
		with search as (select ${createSearchQuery(words)} query)
		select s.id, found.message_id, found.text
		from search, unnest(${sql.param(ids)}::bigint[]) s(id), lateral (
			(select m.id message_id, m.message as text from messages m
				where m.chat_session_id = s.id and search_document(m.message) @@ search.query
				order by m.id desc limit 1)
			union all
			(select null, concat_ws(' · ', l.name, l.email, l.phone, l.company) from leads l
				where l.chat_session_id = s.id)
			limit 1) found`),
	);
	const pattern = createHitPattern(words);
	const matches = new Map<number, SearchMatch>();
	for (const { id, message_id, text } of matchRows.parse(result?.rows ?? [])) {
		// Yields to other work in this process, because a page may have 200 long messages.
		await setImmediate();
		matches.set(id, { message_id, ...createSnippet(text, pattern) });
	}
	return matches;
}
