import type { inboxFilter } from '#lib/contract/inbox.ts';
import type { Session, SessionAttention } from '#lib/contract/session.ts';
import type { z } from 'zod';

/** The inbox filter, with the names shared by the URL, the API and saved filters. */
export type InboxFilter = z.output<typeof inboxFilter> & {
	archive_status: NonNullable<z.output<typeof inboxFilter>['archive_status']>;
};

export const FILTER_NAMES = [
	'completion_status',
	'archive_status',
	'qa_status',
	'attention',
	'site',
	'channel',
	'ai_engaged',
	'assignee',
	'days',
	'from',
	'to',
	'q',
] as const;

const DAY_MS = 86_400_000;

/** Returns a filter as a URL query without default values; empty or starting with `?`. */
export function writeFilter(filter: Partial<InboxFilter>): string {
	const params = new URLSearchParams();
	for (const name of FILTER_NAMES) {
		const value = filter[name];
		if (value !== undefined && !(name === 'archive_status' && value === 'active')) {
			params.set(name, String(value));
		}
	}
	const query = params.toString();
	return query && `?${query}`;
}

/** Returns the list endpoint's query for a filter; `days` count back from `now`. */
export function buildListQuery(
	{ days, ...filter }: InboxFilter,
	now: number,
): Record<string, string> {
	const from = days === undefined ? filter.from : new Date(now - days * DAY_MS).toISOString();
	const query: Record<string, unknown> = { ...filter, from };
	return Object.fromEntries(
		FILTER_NAMES.filter(
			(name) => query[name] !== undefined && !(name === 'archive_status' && query[name] === 'any'),
		).map((name) => [name, String(query[name])]),
	);
}

/**
 * Returns whether a changed chat session matches the filter. The browser can search only names and last messages, so listed
 * search results stay.
 */
export function matchesFilter(session: Session, filter: InboxFilter, isListed: boolean): boolean {
	const equals = <T>(expected: T | undefined, actual: T) =>
		expected === undefined || expected === actual;
	return (
		(filter.archive_status === 'any' || session.archive_status === filter.archive_status) &&
		equals(filter.completion_status, session.completion_status) &&
		equals(filter.qa_status, session.qa_status) &&
		(filter.attention === undefined || needsAttention(session, filter.attention)) &&
		equals(filter.site, session.site) &&
		(filter.channel === undefined
			? session.channel !== 'test'
			: filter.channel === session.channel) &&
		equals(filter.ai_engaged, session.ai_engaged) &&
		equals(filter.assignee, session.assignee?.id ?? 'none') &&
		(isListed || isWithin(session.created_at, filter)) &&
		(filter.q === undefined || isListed || hasWords(session, filter.q))
	);
}

/** Returns whether a chat session needs attention for this reason; mirrors the server's condition. */
function needsAttention(session: Session, reason: SessionAttention): boolean {
	if (reason === 'waiting') return session.handoff_deadline_at !== null;
	const conditions = {
		rescued: session.is_rescued,
		claimed: session.completion_claimed,
		withdrawn: session.completions_undone > 0,
	};
	return session.completion_status === 'in_progress' && conditions[reason];
}

function isWithin(created: string, { days, from, to }: InboxFilter): boolean {
	if (days !== undefined && Date.parse(created) < Date.now() - days * DAY_MS) return false;
	const at = Date.parse(created);
	return !(from && at < Date.parse(from)) && !(to && at >= Date.parse(to));
}

function hasWords(session: Session, q: string): boolean {
	const text = `${session.visitor_name ?? ''} ${session.last_message?.message ?? ''}`.toLowerCase();
	return q
		.toLowerCase()
		.split(/\s+/)
		.every((word) => text.includes(word));
}
