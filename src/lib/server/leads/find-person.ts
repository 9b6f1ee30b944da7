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
type Known = { chat_session_id: number } | { email: string } | { phones: string[] };

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
		: sql`first.phone = any(${sql.param(known.phones)}::text[])`;
}

const MOST_PHONES = 1000;

/**
 * Returns the phone numbers of leads that somebody may mean who writes this, grouped by number: a number that is stored with
 * its country and without it is one. The very number if there is a lead with it, else those that are the same when dialed
 * from inside their country. Empty for what no lead has; null for what is no number.
 */
export async function findPhones(ctx: Ctx, written: string): Promise<string[][] | null> {
	const wanted = normalizePhone(written);
	if (wanted === null) return null;
	const { rows } = await ctx.db.execute(sql`
		select distinct phone from ${leads}
		where phone = ${wanted} or (phone is not null and ${leadDocument} @@ ${wordsQuery(withoutExtension(wanted))})
		limit ${MOST_PHONES}`);
	const stored = phones.parse(rows).map(({ phone }) => phone);
	if (stored.includes(wanted)) {
		const same = stored.filter((phone) => isSameNumber(phone, wanted));
		// National digits that belong to several countries are nobody's but their own.
		return same.filter(isInternational).length > 1 ? [[wanted]] : [[wanted, ...same]];
	}
	const meant = stored.filter((phone) => {
		const country = countryOf(phone);
		const forms = [normalizePhone(written, country), wanted];
		// Who gives no extension may mean any.
		return (
			forms.includes(phone) ||
			forms.includes(withoutExtension(phone)) ||
			isSameNumber(phone, wanted)
		);
	});
	const [first = ''] = meant.filter(isInternational);
	const isOne = meant.every((phone) => phone === first || isSameNumber(phone, first));
	return isOne && meant.length > 0 ? [meant] : meant.map((phone) => [phone]);
}

const isInternational = (phone: string) => phone.startsWith('+');
const countryOf = (phone: string) => parsePhoneNumberFromString(withoutExtension(phone))?.country;

/** Whether one of the two is the other without its country. */
function isSameNumber(one: string, other: string): boolean {
	if (isInternational(one) === isInternational(other)) return false;
	const [whole, national] = isInternational(one) ? [one, other] : [other, one];
	const country = countryOf(whole);
	return country !== undefined && normalizePhone(national, country) === whole;
}

const phones = z.array(z.object({ phone: z.string() }));
const withoutExtension = (phone: string) => phone.replace(/;ext=.*$/, '');
