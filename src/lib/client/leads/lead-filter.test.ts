import { expect, it } from 'vitest';
import {
	buildExportQuery,
	buildFilterQuery,
	isFiltered,
	buildLeadsQuery,
	readLeadsView,
	matchesTab,
	withTab,
	writeLeadsView,
} from './lead-filter.ts';

const NOW = new Date('2026-11-23T09:00:00.000Z');
const read = (query: string) => readLeadsView(new URLSearchParams(query));

it('reading and writing a URL returns the same URL', () => {
	const address =
		'?tab=all&site=roofs&q=maya&completion_status=complete&delivery=failed&days=7&sort=score';
	expect(writeLeadsView(read(address))).toBe(address);
	expect(writeLeadsView(read('?tab=needs_reply&sort=urgency'))).toBe('');
	expect(writeLeadsView(read('?tab=all&sort=newest'))).toBe('?tab=all');
});

it('ignores invalid values in a URL', () => {
	const view = read('tab=later&delivery=maybe&overdue=1&days=8&sort=name&q=+');
	expect(view).toEqual({ tab: 'needs_reply', sort: 'urgency' });
	expect(isFiltered(view)).toBe(false);
	expect(read('tab=all&sort=due')).toEqual({ tab: 'all', sort: 'newest' });
});

it('supports links from before the tabs', () => {
	expect(read('overdue=true')).toEqual({ tab: 'overdue', sort: 'urgency' });
});

it('converts days to the start time of the query', () => {
	expect(buildFilterQuery(read('days=7&sort=score&q=maya'), NOW)).toEqual({
		q: 'maya',
		from: '2026-11-16T09:00:00.000Z',
	});
});

it('lists chats for replies and deliveries, but each person once under All', () => {
	const queue = { reachable: 'true', sort: 'urgency' };
	expect(buildLeadsQuery(read(''), NOW)).toEqual({ follow_up: 'needs_reply', ...queue });
	expect(buildLeadsQuery(read('tab=overdue'), NOW)).toEqual({ overdue: 'true', ...queue });
	const all = { reachable: 'true', sort: 'newest', grouped: 'true' };
	expect(buildLeadsQuery(read('tab=all'), NOW)).toEqual(all);
	const pending = { delivery: 'update_pending', sort: 'newest' };
	expect(buildLeadsQuery(read('tab=all&delivery=update_pending'), NOW)).toEqual(pending);
	const since = NOW.toISOString();
	expect(buildLeadsQuery(read(`tab=all&since=${since}`), NOW)).toEqual({
		started_from: since,
		sort: 'newest',
	});
	expect(buildExportQuery(read('tab=contacted&q=maya'), NOW)).toEqual({
		follow_up: 'contacted',
		q: 'maya',
	});
});

it('a tab starts with its default order, and keeps a chosen one if it applies', () => {
	expect(withTab(read('q=maya'), 'all')).toEqual({ tab: 'all', q: 'maya', sort: 'newest' });
	expect(withTab(read('tab=all'), 'overdue')).toEqual({ tab: 'overdue', sort: 'urgency' });
	expect(withTab(read('sort=score'), 'all')).toEqual({ tab: 'all', sort: 'score' });
});

it('a lead leaves the tabs of due replies when it is contacted', () => {
	const lead = { first_contact_at: null, email: 'maya@example.com', phone: null };
	const contacted = { ...lead, first_contact_at: NOW.toISOString() };
	const matchingTabs = (candidate: Parameters<typeof matchesTab>[1]) =>
		(['needs_reply', 'overdue', 'contacted', 'all', 'without_contact'] as const).filter((tab) =>
			matchesTab({ tab, sort: 'newest' }, candidate, NOW.getTime()),
		);
	expect(matchingTabs(lead)).toEqual(['needs_reply', 'overdue', 'all']);
	expect(matchingTabs(contacted)).toEqual(['contacted', 'all']);
	expect(matchingTabs({ ...lead, email: null })).toEqual(['all', 'without_contact']);
});

it('a lead without contact details needs a reply while Messenger’s reply window is open', () => {
	const lead = { first_contact_at: null, email: null, phone: null };
	const isListed = (tab: 'needs_reply' | 'without_contact', reply_until: Date) =>
		matchesTab(
			{ tab, sort: 'newest' },
			{ ...lead, reply_until: reply_until.toISOString() },
			NOW.getTime(),
		);
	const later = new Date(NOW.getTime() + 1);
	expect([isListed('needs_reply', later), isListed('without_contact', later)]).toEqual([
		true,
		false,
	]);
	expect([isListed('needs_reply', NOW), isListed('without_contact', NOW)]).toEqual([false, true]);
});
