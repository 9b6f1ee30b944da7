import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';

/** No person is followed further: somebody may type one address into ever so many chats. */
export const MOST_CHATS = 100;

/** Row ids of the leads of one person, from a first lead over every shared e-mail and phone number. */
export const closure = (first: SQL, most = MOST_CHATS) => sql`(
	with recursive person(id, email, phone) as (
		select first.id, lower(first.email), first.phone from leads first where ${first}
		union
		select l.id, lower(l.email), l.phone
		from person p join leads l on lower(l.email) = p.email or l.phone = p.phone
		join chat_sessions s on s.id = l.chat_session_id and s.channel <> 'test'
	) select id from person limit ${most})`;

/** The leads of whoever wrote in a chat session, by their row ids. */
export const personOf = (sessionId: string): SQL =>
	closure(
		sql`first.chat_session_id = (select id from chat_sessions where public_id = ${sessionId})`,
	);

const counted = z.array(z.object({ id: z.coerce.number(), count: z.number() }));

/** How many leads the person of each of these leads has, at most 100. */
export async function countChats(ctx: Ctx, leadIds: number[]): Promise<Map<number, number>> {
	if (leadIds.length === 0) return new Map();
	const { rows } = await ctx.db.execute(sql`
		select wanted.id, (select count(*)::int from ${closure(sql`first.id = wanted.id`)} as chats) as count
		from unnest(${sql.param(leadIds)}::bigint[]) as wanted(id)`);
	return new Map(counted.parse(rows).map(({ id, count }) => [id, count]));
}
