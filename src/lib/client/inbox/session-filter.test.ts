import { expect, it } from 'vitest';
import { createSampleSession } from '../../../../tests/support/contract-samples.ts';
import { readFilter } from './read-filter.ts';
import { buildListQuery, matchesFilter, writeFilter } from './session-filter.ts';

const read = (query: string) => readFilter(new URLSearchParams(query));

it('a URL without a query shows active chats', () => {
	expect(read('')).toEqual({ archive_status: 'active' });
	expect(writeFilter(read(''))).toBe('');
});

it.each([
	'?completion_status=complete',
	'?archive_status=archived&q=new+roof',
	'?completion_status=abandoned&qa_status=issue&site=dental&channel=web&ai_engaged=false&assignee=none',
	'?assignee=7',
	'?days=7',
	'?attention=rescued',
	'?from=2026-11-01T00%3A00%3A00.000Z&to=2026-11-08T00%3A00%3A00.000Z',
])('reading and writing the filter of %s returns the same URL', (query) => {
	expect(writeFilter(read(query))).toBe(query);
});

it('ignores invalid values', () => {
	expect(read('?completion_status=maybe&ai_engaged=7&assignee=me&archive_status=x&q=%20')).toEqual({
		archive_status: 'active',
	});
});

it('builds the API’s query', () => {
	expect(buildListQuery(read('?ai_engaged=true&assignee=7'), 0)).toEqual({
		archive_status: 'active',
		ai_engaged: 'true',
		assignee: '7',
	});
});

it.each([
	['completion_status=complete', { completion_status: 'complete' }],
	['archive_status=archived', { archive_status: 'archived' }],
	['qa_status=issue', { qa_status: 'issue' }],
	['site=dental', { site: 'dental' }],
	['channel=messenger', { channel: 'messenger' }],
	['ai_engaged=true', { ai_engaged: true }],
	['assignee=7', { assignee: { id: 7, name: 'Anna' } }],
	['attention=waiting', { handoff_deadline_at: '2026-11-23T12:00:00.000Z' }],
	['attention=rescued', { is_rescued: true }],
	['attention=claimed', { completion_claimed: true }],
	['attention=withdrawn', { completions_undone: 1 }],
] as const)('%s matches only chats that have it', (query, properties) => {
	expect(matchesFilter(createSampleSession(1, properties), read(query), false)).toBe(true);
	expect(matchesFilter(createSampleSession(1), read(query), true)).toBe(false);
});

it('a new chat matches if its name and last message contain all words', () => {
	const session = createSampleSession(1, { visitor_name: 'Maya Hartmann' });
	expect(matchesFilter(session, read('q=hello maya'), false)).toBe(true);
	expect(matchesFilter(session, read('q=hello tom'), false)).toBe(false);
});

it('counts days back from now, for the API and for new chats', () => {
	const now = Date.parse('2026-11-23T12:00:00.000Z');
	expect(buildListQuery(read('days=7'), now)).toMatchObject({ from: '2026-11-16T12:00:00.000Z' });
	const fresh = createSampleSession(1, { created_at: new Date().toISOString() });
	const old = createSampleSession(2, { created_at: '2020-01-01T00:00:00.000Z' });
	expect(matchesFilter(fresh, read('days=7'), false)).toBe(true);
	expect(matchesFilter(old, read('days=7'), false)).toBe(false);
	expect(matchesFilter(old, read('to=2021-01-01T00:00:00.000Z'), false)).toBe(true);
	expect(matchesFilter(old, read('from=2021-01-01T00:00:00.000Z'), false)).toBe(false);
});
