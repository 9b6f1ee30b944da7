import { sql } from 'drizzle-orm';
import { MAX_SUITE_CASES } from '#lib/contract/test-case.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { AppError } from '#lib/server/core/errors.ts';

/** Appends cases to suites of their site. Throws Invalid for a suite of another site, and for too many cases. */
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
