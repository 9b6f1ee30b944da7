import { and, desc, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, leadDocument, leads, messages } from '#lib/server/core/db/schema/index.ts';
import { wordsQuery } from '#lib/server/core/db/search.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';

/** So many chats at the list's top are looked at one by one: words that one in ten has fill a page from them. */
const LOOKED_AT = 500;
/** So many are looked up together: words that one in a hundred has. */
const LOOKED_UP = 8_000;

interface List {
	/** What the list's chat sessions have in common. */
	condition: SQL | undefined;
	/** As many are asked for. */
	most: number;
	/** The ids at the list's top, so many of them, in its order. */
	inOrder(length: number): SQL;
}

/**
 * The ids of chat sessions of a list that have all words in one message or in the lead, the last word by its beginning;
 * those at the list's top. What it costs does not grow with how many have them: common words are found near the top,
 * and only for rare ones is their index read as a whole.
 */
export async function searchList(ctx: Ctx, words: string, list: List): Promise<number[]> {
	const near = await lookAt(ctx, words, list);
	if (near.length === list.most) return near;
	const top = await idsOf(ctx, list.inOrder(LOOKED_UP));
	if (top.length <= LOOKED_AT) return near;
	const found = await lookUp(ctx, words, top);
	const ids = top.filter((id) => found.has(id)).slice(0, list.most);
	return ids.length === list.most || top.length < LOOKED_UP
		? ids
		: lookEverywhere(ctx, words, list);
}

const inMessage = (query: SQL) => sql`search_document(${messages.message}) @@ ${query}`;
const inLead = (query: SQL) => sql`${leadDocument} @@ ${query}`;

/** Chat by chat; the list's order is that of the rows, so that the first hits end it. */
function lookAt(ctx: Ctx, words: string, { inOrder, most }: List): Promise<number[]> {
	const query = wordsQuery(words);
	return idsOf(
		ctx,
		sql`select near.id from (${inOrder(LOOKED_AT)}) near
			where (select true from ${messages} where ${messages.chat_session_id} = near.id and ${inMessage(query)} limit 1)
				or (select true from ${leads} where ${leads.chat_session_id} = near.id and ${inLead(query)} limit 1)
			limit ${most}`,
	);
}

/** By the words' index and the chats' together: what Postgres cannot foresee of the words must not lead it to read all hits. */
async function lookUp(ctx: Ctx, words: string, chats: number[]): Promise<Set<number>> {
	const unforeseen = sql`(select ${wordsQuery(words)})`;
	const ids = sql`${sql.param(chats)}::bigint[]`;
	const found = await idsOf(
		ctx,
		sql`select ${messages.chat_session_id} as id from ${messages}
				where ${messages.chat_session_id} = any(${ids}) and ${inMessage(unforeseen)}
			union all
			select ${leads.chat_session_id} from ${leads}
				where ${leads.chat_session_id} = any(${ids}) and ${inLead(unforeseen)}`,
	);
	return new Set(found);
}

/** By the words' index alone, with room to remember the hits exactly. */
function lookEverywhere(ctx: Ctx, words: string, { condition, most }: List): Promise<number[]> {
	const query = wordsQuery(words);
	const isFound = sql`${chat_sessions.id} in (
		select ${messages.chat_session_id} from ${messages} where ${inMessage(query)}
		union all
		select ${leads.chat_session_id} from ${leads} where ${inLead(query)})`;
	const { last_activity_at, id } = chat_sessions;
	return inTransaction(ctx, async (tx) => {
		await tx.db.execute(sql`set local work_mem = '64MB'`);
		const rows = await tx.db
			.select({ id })
			.from(chat_sessions)
			.where(and(condition, isFound))
			.orderBy(desc(last_activity_at), desc(id))
			.limit(most);
		return rows.map((row) => row.id);
	});
}

const idRows = z.array(z.object({ id: z.coerce.number() }));

async function idsOf(ctx: Ctx, query: SQL): Promise<number[]> {
	const { rows } = await ctx.db.execute(query);
	return idRows.parse(rows).map(({ id }) => id);
}
