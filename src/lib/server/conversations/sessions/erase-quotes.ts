import { sql, type SQL } from 'drizzle-orm';
import { parsePhoneNumber } from 'libphonenumber-js/max';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';

/** The minimum length of erased identifiers. Shorter names, such as "Jo", occur in too many other texts. */
const MIN_LENGTH = 5;
const ERASED = '[erased]';
/** The maximum number of alternatives per pattern. With more, Postgres rejects it as too complex. */
const MAX_ALTERNATIVES = 40;
/** The maximum number of email addresses taken from a chat's messages. Each pattern scans every table, and a bot could write thousands. */
const MAX_EMAILS_PER_CHAT = 100;
const SEPARATORS = String.raw`[\s().\/-]*`;

/** Patterns that identify a visitor: unique identifiers, and names, which may also be ordinary words. */
interface Identifiers {
	unique: string[];
	names: string[];
}

const identifierRows = z.array(
	z.object({ kind: z.enum(['unique', 'name', 'phone']), text: z.string() }),
);
const groupRows = z.array(z.object({ group_id: z.coerce.number() }));

/**
 * Erases quotes of chat sessions that are about to be deleted: their failures, the messages and alerts of error groups that
 * quote them, and the visitors' identifiers in other failures, alerts, saved filters and audit entries. Must run in the
 * transaction that deletes the chat sessions. Doesn't check permissions.
 */
export async function eraseQuotes(tx: Ctx, chatSessionIds: number[]): Promise<void> {
	const matchesSessions = sql`chat_session_id = any(${sql.param(chatSessionIds)}::bigint[])`;
	const identifiers = await loadIdentifiers(tx, chatSessionIds, matchesSessions);
	const { rows } = await tx.db.execute(sql`
		with deleted as (delete from automation_errors where ${matchesSessions} returning group_id)
		select distinct group_id from deleted`);
	await replaceGroupMessages(tx, groupRows.parse(rows));
	await deleteMemory(tx, chatSessionIds);
	await tx.db.execute(sql`
		update audit_entries set target_name = null where target_type = 'mail'
			and target_id in (select id::text from mails where ${matchesSessions})`);
	const uniquePatterns = joinIntoPatterns(identifiers.unique);
	const allPatterns = joinIntoPatterns([...identifiers.unique, ...identifiers.names]);
	await eraseFromCases(tx, chatSessionIds, allPatterns);
	for (const pattern of allPatterns) await maskTexts(tx, pattern);
	for (const pattern of allPatterns) await maskJson(tx, 'saved_filters', 'filter', pattern, 'q');
	// Names aren't erased from the audit log, because a visitor's name could be one of its own words.
	for (const pattern of uniquePatterns) await maskJson(tx, 'audit_entries', 'detail', pattern);
}

/**
 * Returns the ids of the chats and the names, emails and phone numbers of their visitors, including emails that the lead no
 * longer has. Excludes emails and names of users, so that a visitor who enters one doesn't cause it to be erased from the
 * audit log.
 */
async function loadIdentifiers(tx: Ctx, ids: number[], matchesSessions: SQL): Promise<Identifiers> {
	const { rows } = await tx.db.execute(sql`
		with found as (
			select 'unique' as kind, public_id as text from chat_sessions where id = any(${sql.param(ids)}::bigint[])
			union select 'unique', email from leads where ${matchesSessions}
			union select 'name', split_part(email, '@', 1) from leads
				where ${matchesSessions} and split_part(email, '@', 1) ~ '[0-9._-]'
			union select 'name', name from leads where ${matchesSessions}
			union select 'phone', phone from leads where ${matchesSessions}
			union select case c ->> 'type' when 'email' then 'unique' else 'phone' end, c ->> 'value'
				from leads, jsonb_array_elements(additional_contacts) c where ${matchesSessions}
			union select 'unique', email from (
				select rtrim(said[1], '.-') as email,
					row_number() over (partition by chat_session_id order by max(messages.id) desc) as rank
				from messages,
					regexp_matches(message, '[^[:space:]@<>()"'',;:]+@[[:alnum:].-]+[.][[:alnum:]-]+', 'g') as said
				where ${matchesSessions} and sender = 'visitor' and strpos(message, '@') > 0
				group by chat_session_id, email
			) said where rank <= ${MAX_EMAILS_PER_CHAT}
		)
		select kind, text from found where length(text) between ${MIN_LENGTH} and 254
			and not exists (select from users where lower(text) in (lower(users.email), lower(users.name)))`);
	const identifiers = identifierRows.parse(rows);
	const createPatterns = (kind: string) =>
		identifiers.filter((row) => row.kind === kind).map(({ text }) => escapePattern(text));
	const phones = identifiers
		.filter(({ kind }) => kind === 'phone')
		.map(({ text }) => createPhonePattern(text));
	return { unique: [...createPatterns('unique'), ...phones], names: createPatterns('name') };
}

const escapePattern = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '\\$&');

/** Returns a pattern for a number in its international and national forms, with any grouping of digits. */
function createPhonePattern(phone: string): string {
	// Removes the leading zeros of a trunk prefix.
	let national = phone.replace(/\D/g, '').replace(/^0+/, '');
	try {
		national = parsePhoneNumber(phone).nationalNumber;
	} catch {
		// The country is unknown, so all digits are used.
	}
	const digits = [...national].join(SEPARATORS);
	return String.raw`(?:(?:\+|00)[0-9]{1,3}${SEPARATORS})?(?:\(?0\)?${SEPARATORS})?${digits}`;
}

/** Joins alternatives into patterns that match whole words, each with at most MAX_ALTERNATIVES. */
function joinIntoPatterns(alternatives: string[]): string[] {
	const patterns: string[] = [];
	for (let from = 0; from < alternatives.length; from += MAX_ALTERNATIVES) {
		const chunk = alternatives.slice(from, from + MAX_ALTERNATIVES).join('|');
		patterns.push(`(?<![[:alnum:]])(?:${chunk})(?![[:alnum:]])`);
	}
	return patterns;
}

/** Replaces the groups' messages with those of other failures, if any, and deletes their alerts. Keeps the counts. */
async function replaceGroupMessages(tx: Ctx, affected: { group_id: number }[]): Promise<void> {
	if (affected.length === 0) return;
	const ids = sql`any(${sql.param(affected.map(({ group_id }) => group_id))}::bigint[])`;
	await tx.db.execute(sql`
		update error_groups g set message = coalesce((
			select message from automation_errors where group_id = g.id order by id desc limit 1), ${ERASED})
		where id = ${ids}`);
	await tx.db.execute(sql`
		delete from mails where template = 'alert'
			and split_part(dedupe_key, ':', 1) = 'error_group' and split_part(dedupe_key, ':', 2) in (
				select id::text from error_groups where id = ${ids})`);
}

/**
 * Masks test cases created from these chats, also in runs, and deletes the transcripts of their results. They were stored
 * without personal details; this covers details that became known later.
 */
async function eraseFromCases(tx: Ctx, ids: number[], patterns: string[]): Promise<void> {
	const condition = sql`source_id = any(${sql.param(ids)}::bigint[])`;
	await tx.db.execute(sql`
		update suite_run_cases set attempts = (
			select coalesce(jsonb_agg(attempt || '{"checks": [], "transcript": [], "lead": {}, "error": null}'), '[]')
			from jsonb_array_elements(attempts) attempt)
		where ${condition}`);
	for (const pattern of patterns) {
		await maskCases(tx, sql`suite_run_cases`, condition, pattern);
		await maskCases(tx, sql`cases`, condition, pattern);
	}
}

/** Masks the content of test cases, and removes their details about the visitor and the page. */
async function maskCases(tx: Ctx, table: SQL, condition: SQL, pattern: string): Promise<void> {
	const maskColumn = (text: SQL) => sql`regexp_replace(${text}, ${pattern}, ${ERASED}, 'gi')`;
	const maskKey = (key: string) =>
		sql`item || jsonb_build_object(${key}::text, ${maskColumn(sql`item ->> ${key}`)})`;
	await tx.db.execute(sql`
		update ${table} set title = ${maskColumn(sql`title`)}, expected = ${maskColumn(sql`expected`)},
			lines = array(select ${maskColumn(sql`line`)} from unnest(lines) with ordinality as given (line, number) order by number),
			context = context - 'known' - 'page_url' - 'referrer',
			checks = coalesce((select jsonb_agg(case when item ->> 'value' is not null then ${maskKey('value')}
				when item ->> 'text' is not null then ${maskKey('text')} else item end order by number)
			from jsonb_array_elements(checks) with ordinality as given (item, number)), '[]')
		where ${condition}`);
}

/** Deletes the chats from n8n's chat memory, if it is in this database. */
async function deleteMemory(tx: Ctx, ids: number[]): Promise<void> {
	const { rows } = await tx.db.execute(sql`
		select 1 from (select to_regclass('n8n_chat_histories')::oid as memory) found
		where has_table_privilege(memory, 'select') and has_table_privilege(memory, 'delete')`);
	if (rows.length === 0) return;
	await tx.db.execute(sql`
		delete from n8n_chat_histories where session_id in (
			select public_id from chat_sessions where id = any(${sql.param(ids)}::bigint[]))`);
}

async function maskTexts(tx: Ctx, pattern: string): Promise<void> {
	const maskColumn = (column: string) =>
		sql`regexp_replace(${sql.identifier(column)}, ${pattern}, ${ERASED}, 'gi')`;
	const maskColumns = (table: string, columns: string[], condition: SQL = sql`true`) =>
		tx.db.execute(sql`
			update ${sql.identifier(table)} set ${sql.join(
				columns.map((column) => sql`${sql.identifier(column)} = ${maskColumn(column)}`),
				sql`, `,
			)}
			where ${condition} and concat_ws(' ', ${sql.join(
				columns.map((column) => sql.identifier(column)),
				sql`, `,
			)}) ~* ${pattern}`);
	await maskColumns('automation_errors', ['workflow', 'node', 'message', 'stack', 'execution_url']);
	await maskColumns('error_groups', ['workflow', 'node', 'message']);
	await maskColumns(
		'mails',
		['subject', 'html', 'text', 'last_error'],
		sql`chat_session_id is null`,
	);
	await maskColumns('audit_entries', ['target_name'], sql`target_type = 'mail'`);
	// Appending the id keeps the names of a user's filters unique.
	await tx.db.execute(sql`
		update saved_filters set name = ${maskColumn('name')} || ' ' || id where name ~* ${pattern}`);
}

/** Masks the strings in a flat JSON object. Keys, numbers and booleans stay unchanged. */
async function maskJson(
	tx: Ctx,
	table: string,
	column: string,
	pattern: string,
	onlyKey?: string,
): Promise<void> {
	const json = sql.identifier(column);
	const isText = sql`jsonb_typeof(value) = 'string'${onlyKey === undefined ? sql`` : sql` and key = ${onlyKey}`}`;
	await tx.db.execute(sql`
		update ${sql.identifier(table)} set ${json} = (
			select jsonb_object_agg(key, case when ${isText}
				then to_jsonb(regexp_replace(value #>> '{}', ${pattern}, ${ERASED}, 'gi')) else value end)
			from jsonb_each(${json}))
		where ${json}::text ~* ${pattern} and jsonb_typeof(${json}) = 'object'`);
}
