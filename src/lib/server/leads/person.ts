import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';
import { leadDocument, leads } from '../core/db/schema/index.ts';
import { wordsQuery } from '../core/db/search.ts';
import { countryOfPhone, isSameNumber, normalizePhone } from './phone.ts';

/** Bounds the search for a person's leads, because an address can appear in any number of chats. */
const MAX_LEADS_PER_PERSON = 100;
/** Bounds the recursion, which finds a lead once per contact. */
const MAX_ROWS_PER_LEAD = 4;
const MAX_PHONES = 1000;

/** Selects a lead's contacts, including additional ones, one per row. `lead` is the lead's table alias. */
const contactsOf = (lead: string) =>
	sql.raw(`(
		select lower(${lead}.email) as email, null as phone union all select null, ${lead}.phone
		union all select case c ->> 'type' when 'email' then c ->> 'value' end,
			case c ->> 'type' when 'phone' then c ->> 'value' end
		from jsonb_array_elements(${lead}.additional_contacts) c
	)`);

/** Returns the condition that a lead (alias `lead`) has this additional contact. Uses the index leads_additional_contacts. */
const hasAdditional = (lead: string, type: 'email' | 'phone', value: SQL) =>
	sql`(${sql.raw(lead)}.additional_contacts <> '[]' and ${sql.raw(lead)}.additional_contacts @>
		jsonb_build_array(jsonb_build_object('type', ${sql.raw(`'${type}'`)}, 'value', ${value})))`;

/**
 * Selects the row ids of one person's leads: those that match `isFirst` (alias `first`), and all that share an email or phone number with
 * them, directly or through other leads.
 */
const leadsOfPerson = (isFirst: SQL, max = MAX_LEADS_PER_PERSON) => sql`(
	with recursive person(id, email, phone) as (
		select first.id, c.email, c.phone from leads first cross join lateral ${contactsOf('first')} c where ${isFirst}
		union
		select l.id, c.email, c.phone
		from person p join leads l on lower(l.email) = p.email or l.phone = p.phone
			or ${hasAdditional('l', 'email', sql`p.email`)} or ${hasAdditional('l', 'phone', sql`p.phone`)}
		join chat_sessions s on s.id = l.chat_session_id and s.channel <> 'test'
		cross join lateral ${contactsOf('l')} c
	) select distinct id from (select id from person limit ${MAX_ROWS_PER_LEAD * max}) found limit ${max})`;

/** Selects the row ids of the leads of a chat session's visitor. */
export const personOf = (sessionId: string): SQL =>
	leadsOfPerson(
		sql`first.chat_session_id = (select id from chat_sessions where public_id = ${sessionId})`,
	);

const countRows = z.array(z.object({ id: z.coerce.number(), count: z.number() }));

/** Returns how many chats the person of each lead has, at most 100, by the lead's row id. */
export async function countChats(ctx: Ctx, leadIds: number[]): Promise<Map<number, number>> {
	if (leadIds.length === 0) return new Map();
	const { rows } = await ctx.db.execute(sql`
		select lead.id,
			(select count(*)::int from ${leadsOfPerson(sql`first.id = lead.id`)} as chats) as count
		from unnest(${sql.param(leadIds)}::bigint[]) as lead(id)`);
	return new Map(countRows.parse(rows).map(({ id, count }) => [id, count]));
}

/** How a person is identified: by a chat session (its row id), an email, or the forms of a phone number. */
type PersonKey = { chat_session_id: number } | { email: string } | { phones: string[] };

const idRows = z.array(z.object({ id: z.coerce.number() }));

/**
 * Returns the row ids of a person's chat sessions, newest first, at most `max`; chats belong to one person when their
 * leads share an email or phone number. Checks no permission.
 */
export async function findChatsOfPerson(ctx: Ctx, key: PersonKey, max: number): Promise<number[]> {
	const { rows } = await ctx.db.execute(sql`
		select chat_session_id as id from leads where id in ${leadsOfPerson(hasKey(key), max)} order by 1 desc`);
	return idRows.parse(rows).map(({ id }) => id);
}

/** Uses the indexes leads_email, leads_phone and leads_additional_contacts and the unique index of chat_session_id. */
function hasKey(key: PersonKey): SQL {
	if ('chat_session_id' in key) return sql`first.chat_session_id = ${key.chat_session_id}`;
	if ('email' in key) {
		const { email } = key;
		return sql`(lower(first.email) = lower(${email}) or ${hasAdditional('first', 'email', sql`lower(${email}::text)`)})`;
	}
	const additional = key.phones.map((phone) =>
		hasAdditional('first', 'phone', sql`${phone}::text`),
	);
	return sql`(first.phone = any(${sql.param(key.phones)}::text[]) or ${sql.join(additional, sql` or `)})`;
}

const phoneRows = z.array(z.object({ phone: z.string() }));

/**
 * Returns the stored phone numbers that `input` may refer to, in groups: each holds the forms of one number, stored with and
 * without its country code. An exact match excludes other numbers; otherwise every number with the same national digits
 * matches. Returns an empty list if no lead matches, and null if `input` isn't a phone number. Checks no permission.
 */
export async function findStoredPhones(ctx: Ctx, input: string): Promise<string[][] | null> {
	const normalized = normalizePhone(input);
	if (normalized === null) return null;
	const { rows } = await ctx.db.execute(sql`
		select distinct c.phone from ${leads} cross join lateral ${contactsOf('leads')} c
		where c.phone is not null and (leads.phone = ${normalized}
			or ${leadDocument} @@ ${wordsQuery(withoutExtension(normalized))})
		limit ${MAX_PHONES}`);
	const stored = phoneRows.parse(rows).map(({ phone }) => phone);
	if (stored.includes(normalized)) {
		const same = stored.filter((phone) => isSameNumber(phone, normalized));
		// National digits that match numbers of several countries can't be attributed to any of them.
		return same.filter(isInternational).length > 1 ? [[normalized]] : [[normalized, ...same]];
	}
	const candidates = stored.filter((phone) => {
		const forms = [normalizePhone(input, countryOfPhone(phone)), normalized];
		// A number written without an extension matches every extension.
		return (
			forms.includes(phone) ||
			forms.includes(withoutExtension(phone)) ||
			isSameNumber(phone, normalized)
		);
	});
	const [first = ''] = candidates.filter(isInternational);
	const areSameNumber = candidates.every((phone) => phone === first || isSameNumber(phone, first));
	return areSameNumber && candidates.length > 0 ? [candidates] : candidates.map((phone) => [phone]);
}

const isInternational = (phone: string) => phone.startsWith('+');
const withoutExtension = (phone: string) => phone.replace(/;ext=.*$/, '');
