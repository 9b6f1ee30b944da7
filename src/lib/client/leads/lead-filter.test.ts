import { expect, test } from 'vitest';
import { isFiltered, leadsQuery, readLeadsView, writeLeadsView } from './lead-filter.ts';

const NOW = new Date('2026-11-23T09:00:00.000Z');

test('the address of the leads page is read and written alike', () => {
	const address =
		'?site=roofs&q=maya&completion_status=complete&delivery=failed&overdue=true&days=7&sort=score';
	expect(writeLeadsView(readLeadsView(new URLSearchParams(address)))).toBe(address);
});

test('what makes no sense in an address counts as absent', () => {
	const view = readLeadsView(new URLSearchParams('delivery=maybe&overdue=1&days=8&sort=name&q=+'));
	expect(view).toEqual({});
	expect(isFiltered(view)).toBe(false);
});

test('days become the time from which leads are asked for', () => {
	expect(leadsQuery({ days: '7', sort: 'score', q: 'maya' }, NOW)).toEqual({
		q: 'maya',
		sort: 'score',
		from: '2026-11-16T09:00:00.000Z',
	});
});
