import { expect, it } from 'vitest';
import { buildErrorsQuery, readView, buildViewQuery, writeView } from './automation-filter.ts';

const read = (name: Parameters<typeof readView>[0], query: string) =>
	readView(name, new URLSearchParams(query));

it('reads a view from the URL, ignoring invalid values', () => {
	const view = read(
		'deliveries',
		'status=failed&site=acme&endpoint_id=x&event=none&days=7&other=1',
	);
	expect(view).toEqual({ status: 'failed', site: 'acme', days: '7' });
	expect(writeView(view, { site: '', event: 'lead.completed' })).toBe(
		'?status=failed&days=7&event=lead.completed',
	);
	expect(writeView({})).toBe('');
});

it('counts days back from now', () => {
	const query = buildViewQuery({ days: '7', failed: 'true' }, new Date('2026-11-23T00:00:00Z'));
	expect(query).toEqual({ failed: 'true', from: '2026-11-16T00:00:00.000Z' });
});

it('lists open errors unless the URL says otherwise', () => {
	expect(buildErrorsQuery({ workflow: 'Chat' })).toEqual({ workflow: 'Chat', resolved: 'false' });
	expect(buildErrorsQuery({ state: 'resolved' })).toEqual({ resolved: 'true' });
	expect(buildErrorsQuery({ state: 'all' })).toEqual({});
});
