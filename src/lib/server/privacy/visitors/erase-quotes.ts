import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';

/** Shorter texts, such as "Jo", stand in too many others. */
const MIN_LENGTH = 5;
const ERASED = '[erased]';

const texts = z.array(z.object({ text: z.string() }));
const groups = z.array(z.object({ group_id: z.coerce.number() }));

/**
 * Erases what failures and mails quote of chat sessions that are about to go: their failures, the messages of the groups
 * that these opened with the alerts about them, and their names and addresses wherever else a report, an alert, a saved
 * filter or an audit entry has them. For use inside the transaction that erases them: checks no right.
 */
export async function eraseQuotes(tx: Ctx, chatSessionIds: number[]): Promise<void> {
	const theirs = sql`chat_session_id = any(${sql.param(chatSessionIds)}::bigint[])`;
	const identifiers = await identifiersOf(tx, chatSessionIds, theirs);
	const { rows } = await tx.db.execute(sql`
		with gone as (delete from automation_errors where ${theirs} returning group_id)
		select distinct group_id from gone`);
	await forgetMessages(tx, groups.parse(rows));
	await forgetMemory(tx, chatSessionIds);
	if (identifiers.length > 0) await maskEverywhere(tx, identifiers);
}

async function identifiersOf(tx: Ctx, ids: number[], theirs: SQL): Promise<string[]> {
	const { rows } = await tx.db.execute(sql`
		select public_id as text from chat_sessions where id = any(${sql.param(ids)}::bigint[])
		union select unnest(array[name, email, phone]) from leads where ${theirs}`);
	const found = z.array(z.object({ text: z.string().nullable() })).parse(rows);
	return texts
		.parse(found.filter(({ text }) => text !== null && text.length >= MIN_LENGTH))
		.map(({ text }) => text);
}

/** A group keeps its count, and speaks by another failure of it, if there is one. */
async function forgetMessages(tx: Ctx, affected: { group_id: number }[]): Promise<void> {
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

/** n8n's chat memory, where it lies in this database. */
async function forgetMemory(tx: Ctx, ids: number[]): Promise<void> {
	const { rows } = await tx.db.execute(sql`
		select 1 from (select to_regclass('n8n_chat_histories')::oid as memory) own
		where has_table_privilege(memory, 'select') and has_table_privilege(memory, 'delete')`);
	if (rows.length === 0) return;
	await tx.db.execute(sql`
		delete from n8n_chat_histories where session_id in (
			select public_id from chat_sessions where id = any(${sql.param(ids)}::bigint[]))`);
}

async function maskEverywhere(tx: Ctx, identifiers: string[]): Promise<void> {
	const pattern = identifiers.map((text) => text.replace(/[^\p{L}\p{N}]/gu, '\\$&')).join('|');
	const masked = (column: string) =>
		sql`${sql.identifier(column)} = regexp_replace(${sql.identifier(column)}, ${pattern}, ${ERASED}, 'gi')`;
	const mask = (table: string, columns: string[], among: SQL = sql`true`) =>
		tx.db.execute(sql`
			update ${sql.identifier(table)} set ${sql.join(columns.map(masked), sql`, `)}
			where ${among} and concat_ws(' ', ${sql.join(
				columns.map((column) => sql.identifier(column)),
				sql`, `,
			)}) ~* ${pattern}`);
	await mask('automation_errors', ['workflow', 'node', 'message', 'stack', 'execution_url']);
	await mask('error_groups', ['workflow', 'node', 'message']);
	await mask('mails', ['subject', 'html', 'text', 'last_error'], sql`chat_session_id is null`);
	await mask('saved_filters', ['name']);
	for (const [table, column] of [
		['saved_filters', 'filter'],
		['audit_entries', 'detail'],
	] as const) {
		const json = sql.identifier(column);
		await tx.db.execute(sql`
			update ${sql.identifier(table)} set ${json} = regexp_replace(${json}::text, ${pattern}, ${ERASED}, 'gi')::jsonb
			where ${json}::text ~* ${pattern}`);
	}
}
