import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { type SuiteRun, suiteRun } from '#lib/contract/suite.ts';
import { lastResult } from '#lib/contract/test-case.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { type Read, runRead } from '#lib/server/core/db/reads.ts';
import { notFound } from '#lib/server/core/errors.ts';

/** The columns of a run (alias `r`), apart from the names of its suite and site. */
export const RUN_COLUMNS = sql`r.id, r.suite_id, r.status, r.version, r.trigger, r.started_by, r.total, r.passed, r.failed,
	r.flaky, r.pass_rate, r.newly_failed, r.newly_passed, r.error, r.created_at, r.started_at, r.finished_at,
	case when r.is_candidate then r.connector ->> 'url' end as candidate_url, r.challenger_id is not null as is_challenger`;

/** The latest result of a case (alias `c`) against its site's AI, using the index suite_run_cases_case. */
export const LAST_RESULT = sql`(
	select json_build_object('status', done.status, 'run_id', done.run_id, 'at', coalesce(done.finished_at, r.created_at))
	from suite_run_cases done join suite_runs r on r.id = done.run_id
	where done.case_id = c.id and done.status in ('passed', 'flaky', 'failed', 'error')
		and not r.is_candidate and r.challenger_id is null
	order by done.run_id desc limit 1) as last_result`;

/** Parses `LAST_RESULT`. */
export const lastResultColumn = lastResult
	.extend({ at: z.coerce.date().transform((at) => at.toISOString()) })
	.nullable();

const idList = z.array(z.coerce.number());
export const runRow = suiteRun.extend({
	id: z.coerce.number(),
	suite_id: z.coerce.number(),
	newly_failed: idList,
	newly_passed: idList,
	created_at: z.coerce.date(),
	started_at: z.coerce.date().nullable(),
	finished_at: z.coerce.date().nullable(),
});

export const presentRun = (row: z.infer<typeof runRow>): SuiteRun => ({
	...row,
	created_at: row.created_at.toISOString(),
	started_at: row.started_at?.toISOString() ?? null,
	finished_at: row.finished_at?.toISOString() ?? null,
});

/** Returns a query for runs (alias `r`), newest first. */
export const readRuns = (where: SQL, limit: number): Read<SuiteRun[]> => ({
	query: sql`
		select ${RUN_COLUMNS}, t.name as suite, site.key as site
		from suite_runs r join suites t on t.id = r.suite_id join sites site on site.id = r.site_id
		where ${where} order by r.id desc limit ${limit}`,
	parse: (rows) => z.array(runRow).parse(rows).map(presentRun),
});

/** Returns a run. Throws `not_found`. */
export async function readRun(ctx: Ctx, id: number): Promise<SuiteRun> {
	const [run] = await runRead(ctx.db, readRuns(sql`r.id = ${id}`, 1));
	if (!run) throw notFound(`suite run ${id}`);
	return run;
}
