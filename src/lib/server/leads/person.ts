import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';
import { leadDocument, leads } from '../core/db/schema/index.ts';
import { createSearchQuery } from '../core/db/search.ts';
import { getPhoneCountry, isSameNumber, normalizePhone } from './phone.ts';

/** The maximum number of leads per person, because an address can appear in any number of chats. */
const MAX_LEADS_PER_PERSON = 100;
/** The maximum number of rows per lead in the recursion, which finds a lead once per contact. */
const MAX_ROWS_PER_LEAD = 4;
const MAX_PHONES = 1000;

/** Returns a subquery for a lead's contacts, including additional ones, one per row. `lead` is the lead's table alias. */
const selectContacts = (lead: string) =>
	sql.raw(`(
		select lower(${lead}.email) as email, null as phone union all select null, ${lead}.phone
		union all select case c ->> 'type' when 'email' then c ->> 'value' end,
			case c ->> 'type' when 'phone' then c ->> 'value' end
		from jsonb_array_elements(${lead}.additional_contacts) c
	)`);

/** Returns the condition for a lead (alias `lead`) with this additional contact. Uses the index leads_additional_contacts. */
const hasAdditionalContact = (lead: string, type: 'email' | 'phone', value: SQL) =>
	sql`(${sql.raw(lead)}.additional_contacts <> '[]' and ${sql.raw(lead)}.additional_contacts @>
		jsonb_build_array(jsonb_build_object('type', ${sql.raw(`'${type}'`)}, 'value', ${value})))`;

/**
 * Returns a subquery for the row ids of one person's leads: those that match `isFirst` (alias `first`), and all that share an
 * email or phone number with them, directly or through other leads. Each step looks up a contact once, not once for each lead
 * that has it: a number shared by 100 leads would otherwise take 10,000 lookups.
 */
const selectLeadsOfPerson = (isFirst: SQL, max = MAX_LEADS_PER_PERSON) => sql`(
	with recursive person(id, email, phone) as (
		select first.id, c.email, c.phone from leads first cross join lateral ${selectContacts('first')} c where ${isFirst}
		union
		select l.id, c.email, c.phone
		from (select distinct email, phone from person where email is not null or phone is not null) p
		join leads l on lower(l.email) = p.email or l.phone = p.phone
			or ${hasAdditionalContact('l', 'email', sql`p.email`)} or ${hasAdditionalContact('l', 'phone', sql`p.phone`)}
		join chat_sessions s on s.id = l.chat_session_id and s.channel <> 'test'
		cross join lateral ${selectContacts('l')} c
	) select distinct id from (select id from person limit ${MAX_ROWS_PER_LEAD * max}) found limit ${max})`;

/** Returns a subquery for the row ids of the leads of a chat session's visitor. */
export const selectLeadsOfVisitor = (sessionId: string): SQL =>
	selectLeadsOfPerson(
		sql`first.chat_session_id = (select id from chat_sessions where public_id = ${sessionId})`,
	);

const countRowsSchema = z.array(z.object({ id: z.coerce.number(), count: z.number() }));

/** Returns the number of chats of each lead's person, at most 100, by the lead's row id. */
export async function countChats(ctx: Ctx, leadIds: number[]): Promise<Map<number, number>> {
	if (leadIds.length === 0) return new Map();
	const { rows } = await ctx.db.execute(sql`
		select lead.id,
			(select count(*)::int from ${selectLeadsOfPerson(sql`first.id = lead.id`)} as chats) as count
		from unnest(${sql.param(leadIds)}::bigint[]) as lead(id)`);
	return new Map(countRowsSchema.parse(rows).map(({ id, count }) => [id, count]));
}

/** Identifies a person by a chat session (its row id), an email, or the forms of a phone number. */
type PersonKey = { chat_session_id: number } | { email: string } | { phones: string[] };

const idRowsSchema = z.array(z.object({ id: z.coerce.number() }));

/**
 * Returns the row ids of a person's chat sessions, newest first, at most `max`. Chats belong to the same person if their
 * leads share an email or phone number. Doesn't check permissions.
 */
export async function findChatsOfPerson(ctx: Ctx, key: PersonKey, max: number): Promise<number[]> {
	const { rows } = await ctx.db.execute(sql`
		select chat_session_id as id from leads where id in ${selectLeadsOfPerson(matchesKey(key), max)} order by 1 desc`);
	return idRowsSchema.parse(rows).map(({ id }) => id);
}

/** Returns the condition for leads with this key. Uses the indexes leads_email, leads_phone and leads_additional_contacts, and the unique index on chat_session_id. */
function matchesKey(key: PersonKey): SQL {
	if ('chat_session_id' in key) return sql`first.chat_session_id = ${key.chat_session_id}`;
	if ('email' in key) {
		const { email } = key;
		return sql`(lower(first.email) = lower(${email}) or ${hasAdditionalContact('first', 'email', sql`lower(${email}::text)`)})`;
	}
	const additional = key.phones.map((phone) =>
		hasAdditionalContact('first', 'phone', sql`${phone}::text`),
	);
	return sql`(first.phone = any(${sql.param(key.phones)}::text[]) or ${sql.join(additional, sql` or `)})`;
}

const phoneRowsSchema = z.array(z.object({ phone: z.string() }));

/**
 * Returns the stored phone numbers that `input` may refer to, in groups. Each group contains the forms of one number, stored
 * with and without its country code. An exact match excludes other numbers; otherwise every number with the same national
 * digits matches. Returns an empty list if no lead matches, and null if `input` isn't a phone number. Doesn't check
 * permissions.
 */
export async function findStoredPhones(ctx: Ctx, input: string): Promise<string[][] | null> {
	const normalized = normalizePhone(input);
	if (normalized === null) return null;
	const { rows } = await ctx.db.execute(sql`
		select distinct c.phone from ${leads} cross join lateral ${selectContacts('leads')} c
		where c.phone is not null and (leads.phone = ${normalized}
			or ${leadDocument} @@ ${createSearchQuery(removeExtension(normalized))})
		limit ${MAX_PHONES}`);
	const stored = phoneRowsSchema.parse(rows).map(({ phone }) => phone);
	if (stored.includes(normalized)) {
		const same = stored.filter((phone) => isSameNumber(phone, normalized));
		// If the national digits match numbers of several countries, they can't be attributed to any of them.
		return same.filter(isInternational).length > 1 ? [[normalized]] : [[normalized, ...same]];
	}
	const candidates = stored.filter((phone) => {
		const forms = [normalizePhone(input, getPhoneCountry(phone)), normalized];
		// A number written without an extension matches every extension.
		return (
			forms.includes(phone) ||
			forms.includes(removeExtension(phone)) ||
			isSameNumber(phone, normalized)
		);
	});
	const [first = ''] = candidates.filter(isInternational);
	const areSameNumber = candidates.every((phone) => phone === first || isSameNumber(phone, first));
	return areSameNumber && candidates.length > 0 ? [candidates] : candidates.map((phone) => [phone]);
}

const isInternational = (phone: string) => phone.startsWith('+');
const removeExtension = (phone: string) => phone.replace(/;ext=.*$/, '');
