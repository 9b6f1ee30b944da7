import { and, eq, isNotNull, isNull, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import {
	type AutomationError,
	type AutomationErrorDetail,
	type ErrorGroup,
	errorListQuery,
	severity,
} from '#lib/contract/automation-error.ts';
import { type Page, pageQuery } from '#lib/contract/common.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { afterCursor, decodeCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { automation_errors, error_groups } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';

const MAX_WORKFLOWS = 200;

/** Returns a page of the error groups that match the filter, most recent first. */
export async function listErrorGroups(
	ctx: Ctx,
	input: z.input<typeof errorListQuery>,
): Promise<Page<ErrorGroup>> {
	requireTeam(ctx, 'errors:read');
	const query = parse(errorListQuery, input);
	const groups = await selectErrorGroups(ctx.db, buildCondition(query), query.limit + 1);
	return toPage(groups, query.limit, (group) => group.last_seen_at);
}

function buildCondition({ resolved, workflow, cursor }: z.output<typeof errorListQuery>): SQL {
	const conditions = [sql`true`];
	if (resolved !== undefined) conditions.push(sql`(g.resolved_at is not null) = ${resolved}`);
	if (workflow !== undefined) conditions.push(sql`g.workflow = ${workflow}`);
	if (cursor !== undefined) {
		conditions.push(afterCursor(sql`g.last_seen_at`, sql`g.id`, cursor));
	}
	return sql.join(conditions, sql` and `);
}

/** Returns the names of the workflows that have failed, in alphabetical order, at most 200. */
export async function listWorkflows(ctx: Ctx): Promise<string[]> {
	requireTeam(ctx, 'errors:read');
	// A loose index scan: one step through error_groups_workflow per name.
	const { rows } = await ctx.db.execute(sql`
		with recursive step as (
			(select workflow, 1 as number from error_groups order by workflow limit 1)
			union all
			select (select g.workflow from error_groups g where g.workflow > step.workflow order by g.workflow limit 1),
				number + 1
			from step where step.workflow is not null and number < ${MAX_WORKFLOWS}
		)
		select workflow from step where workflow is not null`);
	return z
		.array(z.object({ workflow: z.string() }))
		.parse(rows)
		.map(({ workflow }) => workflow);
}

/** Returns an error group with its newest failure. Throws `not_found`. */
export async function getErrorGroup(ctx: Ctx, id: number): Promise<ErrorGroup> {
	requireTeam(ctx, 'errors:read');
	return loadGroup(ctx.db, id);
}

/** Resolves an error group, or reopens it; the next failure reopens it as well. Throws `not_found`. */
export async function resolveErrorGroup(
	ctx: Ctx,
	id: number,
	isResolved: boolean,
): Promise<ErrorGroup> {
	requireTeam(ctx, 'errors:write');
	return inTransaction(ctx, async (tx) => {
		const hasChanged = await setResolved(tx, id, isResolved);
		const group = await loadGroup(tx.db, id);
		if (!hasChanged) return group;
		const action = isResolved ? 'error.resolved' : 'error.reopened';
		const target = {
			type: 'error_group',
			id,
			name: `${group.workflow}: ${group.message}`.slice(0, 200),
		};
		await audit(tx, { action, target });
		await record(tx, action, { group });
		return group;
	});
}

/** Resolves or reopens a group, and returns whether its state changed; if not, keeps the first resolver. */
async function setResolved({ actor, app, db }: Ctx, id: number, isResolved: boolean) {
	const { resolved_at } = error_groups;
	const changedRows = await db
		.update(error_groups)
		.set({
			resolved_at: isResolved ? app.clock() : null,
			resolved_by_id: isResolved && actor.type === 'user' ? actor.id : null,
		})
		.where(and(eq(error_groups.id, id), isResolved ? isNull(resolved_at) : isNotNull(resolved_at)))
		.returning({ id: error_groups.id });
	return changedRows.length > 0;
}

/** Returns a page of a group's failures, newest first. Throws `not_found` for an unknown group. */
export async function listFailures(
	ctx: Ctx,
	groupId: number,
	input: z.input<typeof pageQuery>,
): Promise<Page<AutomationError>> {
	requireTeam(ctx, 'errors:read');
	const { limit, cursor } = parse(pageQuery, input);
	await loadGroup(ctx.db, groupId);
	const cursorCondition = cursor ? sql`and a.id < ${decodeCursor(cursor).id}` : sql``;
	const failures = await selectErrors(
		ctx.db,
		sql`a.group_id = ${groupId} ${cursorCondition}`,
		limit + 1,
	);
	return toPage(failures, limit, (failure) => failure.created_at);
}

/** Returns one failure of a group with its stack. Throws `not_found`. */
export async function getFailure(
	ctx: Ctx,
	groupId: number,
	id: number,
): Promise<AutomationErrorDetail> {
	requireTeam(ctx, 'errors:read');
	const [failure] = await selectErrors(ctx.db, sql`a.id = ${id} and a.group_id = ${groupId}`, 1);
	const [row] = await ctx.db
		.select({ stack: automation_errors.stack })
		.from(automation_errors)
		.where(and(eq(automation_errors.id, id), eq(automation_errors.group_id, groupId)));
	if (!failure || !row) throw notFound(`failure ${id}`);
	return { ...failure, stack: row.stack };
}

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

/** Returns an error group. Throws `not_found`. Doesn't check permissions. */
export async function loadGroup(db: Db, id: number): Promise<ErrorGroup> {
	const [group] = await selectErrorGroups(db, sql`g.id = ${id}`, 1);
	if (!group) throw notFound(`error group ${id}`);
	return group;
}

/** Returns the groups (alias g) that match with their newest failure, most recent first. */
async function selectErrorGroups(db: Db, where: SQL, limit: number): Promise<ErrorGroup[]> {
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
