import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { SearchMatch } from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, leadDocument, leads, messages } from '#lib/server/core/db/schema/index.ts';
import { wordsQuery } from '#lib/server/core/db/search.ts';
import { snippetOf } from './snippet.ts';

/** Words with more hits than this are common: most chat sessions that are looked at have them. */
const MANY_HITS = 20_000;

const counted = z.array(z.object({ hits: z.coerce.number() }));

/**
 * Matches chat sessions with all words in one message or in the lead, the last word by its beginning. Words are found by
 * their index; common ones are looked for in each chat session while the list is walked, which soon has a page of them.
 */
export async function matchesWords(ctx: Ctx, words: string): Promise<SQL> {
	const query = wordsQuery(words);
	const inMessage = sql`search_document(${messages.message}) @@ ${query}`;
	const inLead = sql`${leadDocument} @@ ${query}`;
	const { rows } = await ctx.db.execute(sql`
		select count(*) hits from (select 1 from ${messages} where ${inMessage} limit ${MANY_HITS}) found`);
	const isCommon = (counted.parse(rows)[0]?.hits ?? 0) >= MANY_HITS;
	if (!isCommon) {
		return sql`${chat_sessions.id} in (
			select ${messages.chat_session_id} from ${messages} where ${inMessage}
			union all
			select ${leads.chat_session_id} from ${leads} where ${inLead})`;
	}
	// A LIMIT keeps Postgres from reading all hits into a hash first.
	return sql`((select true from ${messages} where ${messages.chat_session_id} = ${chat_sessions.id} and ${inMessage} limit 1)
		or (select true from ${leads} where ${leads.chat_session_id} = ${chat_sessions.id} and ${inLead} limit 1))`;
}

const matched = z.array(
	z.object({
		id: z.coerce.number(),
		message_id: z.coerce.number().nullable(),
		text: z.string(),
	}),
);

/** Where each of these chat sessions has the words: the newest message with them, else the lead. */
export async function findMatches(
	ctx: Ctx,
	ids: number[],
	words: string,
): Promise<Map<number, SearchMatch>> {
	if (ids.length === 0) return new Map();
	const { rows } = await ctx.db.execute(sql`
		with asked as (select ${wordsQuery(words)} query)
		select s.id, found.message_id, found.text
		from asked, unnest(${sql.param(ids)}::bigint[]) s(id), lateral (
			(select m.id message_id, m.message as text from messages m
				where m.chat_session_id = s.id and search_document(m.message) @@ asked.query
				order by m.id desc limit 1)
			union all
			(select null, concat_ws(' · ', l.name, l.email, l.phone, l.company) from leads l
				where l.chat_session_id = s.id)
			limit 1) found`);
	return new Map(
		matched
			.parse(rows)
			.map(({ id, message_id, text }) => [id, { message_id, ...snippetOf(text, words) }]),
	);
}
