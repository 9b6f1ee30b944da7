import { expect, it } from 'vitest';
import { replaceRows } from './document.ts';

const page = (...rows: string[]) =>
	['# Page', '<!-- measured -->', ...rows, '<!-- /measured -->', 'After.'].join('\n');

it('a run replaces its own rows and keeps those of other benches', () => {
	const before = page('| path | **0.3** |', '| paint (layout shift 0.1) | **2** |');
	const after = replaceRows(before, ['| paint (layout shift 0.0) | **1** |', '| new | **5** |']);
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
	const once = replaceRows(page(), ['| path | **0.3** |']);
	expect(replaceRows(once, ['| path | **0.3** |'])).toBe(once);
});
