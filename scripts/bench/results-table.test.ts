import { expect, it } from 'vitest';
import { formatMeasurement } from './bench.ts';
import { updateResults } from './results-table.ts';

const createPage = (...rows: string[]) =>
	['# Page', '<!-- measured -->', ...rows, '<!-- /measured -->', 'After.'].join('\n');

it('a run replaces its own rows and keeps those of other benches', () => {
	const before = createPage('| path | **0.3** |', '| paint (layout shift 0.1) | **2** |');
	const after = updateResults(before, ['| paint (layout shift 0.0) | **1** |', '| new | **5** |']);
	const rows = after.split('\n').filter((line) => line.includes('**'));
	expect(rows).toEqual([
		'| path | **0.3** |',
		'| paint (layout shift 0.0) | **1** |',
		'| new | **5** |',
	]);
	expect(after.startsWith('# Page\n<!-- measured -->\n')).toBe(true);
	expect(after.endsWith('<!-- /measured -->\nAfter.')).toBe(true);
});

it('writing the same rows again changes nothing', () => {
	const updated = updateResults(createPage(), ['| path | **0.3** |']);
	expect(updateResults(updated, ['| path | **0.3** |'])).toBe(updated);
});

it('a complete run drops the rows of earlier ones', () => {
	const after = updateResults(createPage('| old | **1** |'), ['| new | **2** |'], {
		isComplete: true,
	});
	expect(after).not.toContain('old');
	expect(after).toContain('| new | **2** |');
});

it.each([
	[
		'≥ 0.5',
		'2 of 3 goals are missed:\n\n- path ÷ echo: 0.30, 3.00 / 10.00 /s (goal ≥ 0.5)\n- added delay: 1.10, 55.00 / 50.00 ms (goal ≤ 3 ms more)',
	],
	['≥ 0.3', '1 of 3 goals are missed:\n\n- added delay: 1.10, 55.00 / 50.00 ms (goal ≤ 3 ms more)'],
] as const)('names the missed goals, if the first is %s', (goal, list) => {
	const rows = [
		{ name: 'path ÷ echo', unit: '/s', rounds: [{ ours: 3, baseline: 10 }], goal },
		{ name: 'added delay', unit: 'ms', rounds: [{ ours: 55, baseline: 50 }], goal: '≤ 3 ms more' },
		{ name: 'memory', unit: 'MB', rounds: [{ ours: 90, baseline: 10 }], goal: '≤ 110 MB' },
	] as const;
	const formatted = rows.map((row) =>
		formatMeasurement({ ...row, rounds: [...row.rounds] }, new Date()),
	);
	const after = updateResults(`<!-- missed -->\n<!-- /missed -->\n${createPage()}`, formatted);
	expect(after).toContain(`<!-- missed -->\n${list}\n<!-- /missed -->`);
});
