import type { CaseInput } from '#lib/contract/test-case.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { createCase, createSuite } from '#lib/server/quality/suites/index.ts';

export type NewCase = Omit<CaseInput, 'site' | 'checks'> & Partial<Pick<CaseInput, 'checks'>>;

/** Creates a suite of these cases. Returns the ids of the suite and the cases. */
export async function createSuiteOf(ctx: Ctx, site: string, ...cases: NewCase[]) {
	const ids: number[] = [];
	for (const testCase of cases)
		ids.push((await createCase(ctx, { site, checks: [], ...testCase })).id);
	const suite = await createSuite(ctx, { site, name: 'Regression', case_ids: ids });
	return { id: suite.id, ids };
}
