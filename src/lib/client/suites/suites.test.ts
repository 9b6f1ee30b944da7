import { expect, it } from 'vitest';
import type { SuiteRun } from '#lib/contract/suite.ts';
import { withRun } from './suites.svelte.ts';

const run = (id: number, values: Partial<SuiteRun> = {}): SuiteRun => ({
	...{ id, suite_id: 1, suite: 'Regression', site: 'default', status: 'running', version: null },
	...{ candidate_url: null, is_challenger: false, trigger: 'user', started_by: 'Ada', total: 3 },
	...{ passed: 0, failed: 0, flaky: 0, pass_rate: null, newly_failed: [], newly_passed: [] },
	...{ error: null, created_at: '2026-11-23T08:00:00.000Z', started_at: null, finished_at: null },
	...values,
});
const finished = { status: 'passed' as const, passed: 3, finished_at: '2026-11-23T08:01:00.000Z' };

it('a run of a suite only advances, in whichever order its events arrive', () => {
	const before = [run(1, finished), run(2, { passed: 2 })];
	expect(withRun(before, run(2, { passed: 1 }))).toEqual(before);
	const after = withRun(before, run(2, finished));
	expect(after[1]).toMatchObject(finished);
	expect(withRun(after, run(2, { passed: 2, failed: 1 }))).toEqual(after);
});

it('a suite shows its latest twenty runs, oldest first', () => {
	let runs: SuiteRun[] = [];
	for (let id = 1; id <= 25; id += 1) runs = withRun(runs, run(id));
	expect(runs.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => index + 6));
});
