import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';
import { leadDocument, leads } from '../core/db/schema/index.ts';
import { wordsQuery } from '../core/db/search.ts';
import { closure } from './person.ts';
import { normalizePhone } from './phone.ts';

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

const MOST_PHONES = 1000;

/**
 * The phone numbers of leads that somebody may mean who writes this: the very number if there is a lead with it, else those
 * that are the same when dialed from inside their country. Empty for what no lead has; null for what is no number.
 */
export async function findPhones(ctx: Ctx, written: string): Promise<string[] | null> {
	const wanted = normalizePhone(written);
	if (wanted === null) return null;
	const { rows } = await ctx.db.execute(sql`
		select distinct phone from ${leads}
		where phone = ${wanted} or (phone is not null and ${leadDocument} @@ ${wordsQuery(withoutExtension(wanted))})
		limit ${MOST_PHONES}`);
	const stored = phones.parse(rows).map(({ phone }) => phone);
	if (stored.includes(wanted)) return [wanted];
	return stored.filter((phone) => {
		const main = withoutExtension(phone);
		const country = parsePhoneNumberFromString(main)?.country;
		const meant = [normalizePhone(written, country), wanted];
		// Who gives no extension may mean any.
		if (meant.includes(phone) || meant.includes(main)) return true;
		// Stored without a country, and looked for with it.
		const national = parsePhoneNumberFromString(withoutExtension(wanted))?.country;
		return national !== undefined && normalizePhone(phone, national) === wanted;
	});
}

const phones = z.array(z.object({ phone: z.string() }));
const withoutExtension = (phone: string) => phone.replace(/;ext=.*$/, '');
