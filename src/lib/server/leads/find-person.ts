import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';
import { closure } from './person.ts';

const ids = z.array(z.object({ id: z.coerce.number() }));

/** How a person is known: by the lead of a chat session (its row id), or by an address of theirs. */
type Known = { chat_session_id: number } | { email: string } | { phone: string };

/**
 * Row ids of the chat sessions of one person, newest first, from a first lead over every shared e-mail and phone
 * number, at most `most`. For use inside the server: checks no right.
 */
export async function findPerson(ctx: Ctx, known: Known, most: number): Promise<number[]> {
	const { rows } = await ctx.db.execute(sql`
		select chat_session_id as id from leads where id in ${closure(firstOf(known), most)} order by 1 desc`);
	return ids.parse(rows).map(({ id }) => id);
}

/** Read by leads_email, leads_phone and the unique index of chat_session_id. */
function firstOf(known: Known): SQL {
	if ('chat_session_id' in known) return sql`first.chat_session_id = ${known.chat_session_id}`;
	return 'email' in known
		? sql`lower(first.email) = lower(${known.email})`
		: sql`first.phone = ${known.phone}`;
}
