import { expect, test } from 'vitest';
import { isFiltered, leadsQuery, readLeadsView, writeLeadsView } from './lead-filter.ts';

const NOW = new Date('2026-11-23T09:00:00.000Z');

test('reading and writing a URL returns the same URL', () => {
	const address =
		'?site=roofs&q=maya&completion_status=complete&delivery=failed&overdue=true&days=7&sort=score';
	expect(writeLeadsView(readLeadsView(new URLSearchParams(address)))).toBe(address);
});

test('ignores invalid values in a URL', () => {
	const view = readLeadsView(new URLSearchParams('delivery=maybe&overdue=1&days=8&sort=name&q=+'));
	expect(view).toEqual({});
	expect(isFiltered(view)).toBe(false);
});

test('converts days to the start time of the query', () => {
	expect(leadsQuery({ days: '7', sort: 'score', q: 'maya' }, NOW)).toEqual({
		q: 'maya',
		sort: 'score',
		from: '2026-11-16T09:00:00.000Z',
	});
});
