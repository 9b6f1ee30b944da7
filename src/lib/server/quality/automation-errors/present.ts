import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { type AutomationError, type ErrorGroup, severity } from '#lib/contract/automation-error.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { notFound } from '#lib/server/core/errors.ts';

const errorRow = z.object({
	id: z.coerce.number(),
	group_id: z.coerce.number(),
	workflow: z.string(),
	node: z.string().nullable(),
	message: z.string(),
	severity,
	session_id: z.string().nullable(),
	execution_id: z.string().nullable(),
	execution_url: z.string().nullable(),
	created_at: z.coerce.date(),
});

const groupRow = z.object({
	id: z.coerce.number(),
	workflow: z.string(),
	node: z.string().nullable(),
	message: z.string(),
	severity,
	count: z.number(),
	first_seen_at: z.coerce.date(),
	last_seen_at: z.coerce.date(),
	resolved_at: z.coerce.date().nullable(),
	resolved_by: z.string().nullable(),
	last_error: errorRow.nullable(),
});

/** Selects failures (aliases a and s); needs a condition, an order and a limit. */
const SELECT_ERRORS = sql`
	select a.id, a.group_id, a.workflow, a.node, a.message, a.severity, s.public_id as session_id, a.execution_id,
		a.execution_url, a.created_at
	from automation_errors a left join chat_sessions s on s.id = a.chat_session_id`;

/** Returns the failures (alias a) that match, newest first. */
export async function selectErrors(db: Db, where: SQL, limit: number): Promise<AutomationError[]> {
	const { rows } = await db.execute(
		sql`${SELECT_ERRORS} where ${where} order by a.id desc limit ${limit}`,
	);
	return z.array(errorRow).parse(rows).map(presentError);
}

/** Returns an error group. Throws `not_found`. Checks no permission. */
export async function loadGroup(db: Db, id: number): Promise<ErrorGroup> {
	const [group] = await selectErrorGroups(db, sql`g.id = ${id}`, 1);
	if (!group) throw notFound(`error group ${id}`);
	return group;
}

/** Returns the groups (alias g) that match with their newest failure, last seen first. */
export async function selectErrorGroups(db: Db, where: SQL, limit: number): Promise<ErrorGroup[]> {
	const { rows } = await db.execute(sql`
		select g.id, g.workflow, g.node, g.message, g.severity, g.count, g.first_seen_at, g.last_seen_at, g.resolved_at,
			u.name as resolved_by, to_json(newest) as last_error
		from error_groups g left join users u on u.id = g.resolved_by_id
		left join lateral (
			${SELECT_ERRORS} where a.group_id = g.id order by a.id desc limit 1
		) newest on true
		where ${where} order by g.last_seen_at desc, g.id desc limit ${limit}`);
	return z.array(groupRow).parse(rows).map(presentGroup);
}

const presentError = (row: z.infer<typeof errorRow>): AutomationError => ({
	...row,
	created_at: row.created_at.toISOString(),
});

const presentGroup = (row: z.infer<typeof groupRow>): ErrorGroup => ({
	...row,
	first_seen_at: row.first_seen_at.toISOString(),
	last_seen_at: row.last_seen_at.toISOString(),
	resolved_at: row.resolved_at?.toISOString() ?? null,
	last_error: row.last_error && presentError(row.last_error),
});
