import { eq, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Page } from '#lib/contract/common.ts';
import {
	type Suite,
	type SuiteDetail,
	type SuiteInput,
	suiteInput,
	suiteListQuery,
	suiteSchedule,
	type SuiteSchedule,
	type SuiteUpdate,
	suiteUpdate,
} from '#lib/contract/suite.ts';
import { MAX_SUITE_CASES } from '#lib/contract/test-case.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { afterCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { type Read, runRead, runReads } from '#lib/server/core/db/reads.ts';
import { suite_cases, suites } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { LAST_RESULT, lastResultColumn, presentRun, RUN_COLUMNS, runRow } from './run-rows.ts';

/** The number of runs in a suite's history. */
const MAX_HISTORY_RUNS = 20;
const PERIOD_MS: Record<SuiteSchedule, number> = {
	hourly: 3_600_000,
	daily: 86_400_000,
	weekly: 7 * 86_400_000,
};

/** Returns the start time of a schedule's next run; null without a schedule. */
export const getNextRunTime = (schedule: SuiteSchedule | null, now: Date): Date | null =>
	schedule && new Date(now.getTime() + PERIOD_MS[schedule]);

/** Returns a page of suites with their latest 20 runs, newest suite first. Needs `quality:read`. */
export async function listSuites(
	ctx: Ctx,
	input: z.input<typeof suiteListQuery>,
): Promise<Page<Suite>> {
	requireTeam(ctx, 'quality:read');
	const { site, limit, cursor } = parse(suiteListQuery, input);
	const conditions = [sql`true`];
	if (site) conditions.push(sql`t.site_id = (select id from sites where key = ${site})`);
	if (cursor) conditions.push(afterCursor(sql`t.created_at`, sql`t.id`, cursor));
	const rows = await runRead(ctx.db, readSuites(sql.join(conditions, sql` and `), limit + 1));
	return toPage(rows, limit, (row) => row.created_at);
}

/** Returns a suite with its cases and latest 20 runs. Needs `quality:read`. Throws `not_found`. */
export async function getSuite(ctx: Ctx, id: number): Promise<SuiteDetail> {
	requireTeam(ctx, 'quality:read');
	return readSuite(ctx, id);
}

/** Creates a suite of cases of one site. Needs `quality:write`. Throws `not_found`, and `invalid` for cases of other sites. */
export async function createSuite(ctx: Ctx, input: SuiteInput): Promise<SuiteDetail> {
	requireTeam(ctx, 'quality:write');
	const { site: key, name, case_ids, schedule = null } = parse(suiteInput, input);
	return inTransaction(ctx, async (tx) => {
		const site = await getSite(tx, { key });
		await requireSiteCases(tx, site.id, case_ids);
		const now = tx.app.clock();
		const [row] = await tx.db
			.insert(suites)
			.values({
				site_id: site.id,
				name,
				schedule,
				next_run_at: getNextRunTime(schedule, now),
				created_at: now,
			})
			.returning({ id: suites.id });
		if (!row) throw new Error('an inserted suite was not returned');
		await addToSuites(tx, site, case_ids, [row.id]);
		await audit(tx, { action: 'suite.created', target: { type: 'suite', id: row.id, name } });
		return readSuite(tx, row.id);
	});
}

/** Renames or reschedules a suite, or replaces its cases. Needs `quality:write`. Throws like `createSuite`. */
export async function updateSuite(ctx: Ctx, id: number, input: SuiteUpdate): Promise<SuiteDetail> {
	requireTeam(ctx, 'quality:write');
	const { case_ids, ...changes } = parse(suiteUpdate, input);
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db.select().from(suites).where(eq(suites.id, id)).for('no key update');
		if (!row) throw notFound(`suite ${id}`);
		const { schedule } = changes;
		const isRescheduled = schedule !== undefined && schedule !== row.schedule;
		const next_run_at = isRescheduled ? getNextRunTime(schedule, tx.app.clock()) : row.next_run_at;
		await tx.db
			.update(suites)
			.set({ ...changes, next_run_at })
			.where(eq(suites.id, id));
		const site = await getSite(tx, { id: row.site_id });
		if (case_ids) {
			await requireSiteCases(tx, site.id, case_ids);
			await tx.db.delete(suite_cases).where(eq(suite_cases.suite_id, id));
			await addToSuites(tx, site, case_ids, [id]);
		} else await record(tx, 'suite.changed', { suite_id: id, site: site.key });
		const name = changes.name ?? row.name;
		await audit(tx, { action: 'suite.updated', target: { type: 'suite', id, name } });
		return readSuite(tx, id);
	});
}

/** Deletes a suite with its runs; its cases are kept. Needs `quality:write`. Throws `not_found`. */
export async function deleteSuite(ctx: Ctx, id: number): Promise<void> {
	requireTeam(ctx, 'quality:write');
	await inTransaction(ctx, async (tx) => {
		const [row] = await tx.db.delete(suites).where(eq(suites.id, id)).returning();
		if (!row) throw notFound(`suite ${id}`);
		const site = await getSite(tx, { id: row.site_id });
		await audit(tx, { action: 'suite.deleted', target: { type: 'suite', id, name: row.name } });
		await record(tx, 'suite.changed', { suite_id: id, site: site.key });
	});
}

async function requireSiteCases(tx: Ctx, siteId: number, ids: number[]): Promise<void> {
	if (ids.length === 0) return;
	const { rows } = await tx.db.execute(sql`
		select given.id from unnest(${sql.param(ids)}::bigint[]) as given (id)
		where not exists (select from cases c where c.id = given.id and c.site_id = ${siteId}) limit 1`);
	if (rows.length > 0) {
		throw new AppError(
			'invalid',
			`case_ids: ${String(rows[0]?.['id'])} is not a case of this site`,
		);
	}
}

const suiteCaseRows = z.array(
	z.object({
		id: z.coerce.number(),
		title: z.string(),
		lines: z.number(),
		last_result: lastResultColumn,
	}),
);

async function readSuite(ctx: Ctx, id: number): Promise<SuiteDetail> {
	const { found: foundSuites, cases } = await runReads(ctx.db, {
		found: readSuites(sql`t.id = ${id}`, 1),
		cases: {
			query: sql`
				select c.id, c.title, cardinality(c.lines) as lines, ${LAST_RESULT}
				from suite_cases member join cases c on c.id = member.case_id
				where member.suite_id = ${id} order by member.position, c.id`,
			parse: (rows: unknown[]) => suiteCaseRows.parse(rows),
		},
	});
	const [suite] = foundSuites;
	if (!suite) throw notFound(`suite ${id}`);
	return { ...suite, cases };
}

const suiteRow = z.object({
	id: z.coerce.number(),
	site: z.string(),
	site_name: z.string(),
	name: z.string(),
	schedule: suiteSchedule.nullable(),
	next_run_at: z.coerce.date().nullable(),
	case_count: z.number(),
	runs: z.array(runRow),
	created_at: z.coerce.date(),
});

/** Returns a query for suites (alias `t`), newest first, each with its latest runs, using the index suite_runs_suite. */
const readSuites = (where: SQL, limit: number): Read<Suite[]> => ({
	query: sql`
		select t.id, site.key as site, site.name as site_name, t.name, t.schedule, t.next_run_at, t.created_at,
			(select count(*)::int from suite_cases where suite_id = t.id) as case_count, coalesce(history.runs, '[]') as runs
		from suites t join sites site on site.id = t.site_id cross join lateral (
			select json_agg(newest order by newest.id) as runs from (
				select ${RUN_COLUMNS}, t.name as suite, site.key as site from suite_runs r
				where r.suite_id = t.id order by r.id desc limit ${MAX_HISTORY_RUNS}
			) newest
		) history
		where ${where} order by t.created_at desc, t.id desc limit ${limit}`,
	parse: (rows) =>
		z
			.array(suiteRow)
			.parse(rows)
			.map((row) => ({
				...row,
				next_run_at: row.next_run_at?.toISOString() ?? null,
				runs: row.runs.map(presentRun),
				created_at: row.created_at.toISOString(),
			})),
});

/** Appends cases to suites of their site. Throws `invalid` for a suite of another site, and for too many cases. */
export async function addToSuites(
	tx: Ctx,
	site: { id: number; key: string },
	caseIds: number[],
	suiteIds: number[],
): Promise<void> {
	for (const suite_id of new Set(suiteIds)) {
		const { rowCount } = await tx.db.execute(
			sql`select from suites where id = ${suite_id} and site_id = ${site.id} for no key update`,
		);
		if (!rowCount) throw new AppError('invalid', `suite ${suite_id}: must be a suite of this site`);
		const { rows } = await tx.db.execute(sql`
			with added as (
				insert into suite_cases (suite_id, case_id, position)
				select ${suite_id}::bigint, given.id, given.ord + coalesce((
					select max(position) from suite_cases where suite_id = ${suite_id}), 0)
				from unnest(${sql.param(caseIds)}::bigint[]) with ordinality as given (id, ord)
				on conflict do nothing returning case_id
			)
			select (select count(*)::int from suite_cases where suite_id = ${suite_id})
				+ (select count(*)::int from added) as count`);
		if (Number(rows[0]?.['count']) > MAX_SUITE_CASES) {
			throw new AppError('invalid', `a suite holds at most ${MAX_SUITE_CASES} cases`);
		}
		await record(tx, 'suite.changed', { suite_id, site: site.key });
	}
}
