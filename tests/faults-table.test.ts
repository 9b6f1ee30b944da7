import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const rows = readFileSync('docs/faults.md', 'utf8')
	.split('\n')
	.filter((line) => line.startsWith('| **'))
	.map((line) => line.split('|').slice(1, -1));

it.each(rows.map((cells) => ({ name: cells[0]?.trim() ?? '', cells: cells.slice(1) })))(
	'docs/faults.md names a test for every way in which this can fail: $name',
	({ cells }) => {
		expect(cells).toHaveLength(5);
		for (const cell of cells) expect(cell).toMatch(/[a-z]{3,}.*`[\w./-]+\.test\.ts`/);
	},
);
