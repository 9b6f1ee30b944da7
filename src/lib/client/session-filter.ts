import { sessionFilter, type Session } from '$lib/contract/session';
import type { z } from 'zod';

/** What the inbox shows, in the names that the URL and the API share. */
export type InboxFilter = Pick<
	z.output<typeof sessionFilter>,
	'completion_status' | 'qa_status' | 'site' | 'channel' | 'ai_engaged' | 'assignee' | 'q'
> & { archive_status: Session['archive_status'] };

const NAMES = [
	'completion_status',
	'archive_status',
	'qa_status',
	'site',
	'channel',
	'ai_engaged',
	'assignee',
	'q',
] as const;
type Name = (typeof NAMES)[number];

/** Reads a filter from a query; a value that makes no sense counts as absent. */
export function readFilter(read: (name: Name) => string | null): InboxFilter {
	const filter: Record<string, unknown> = {};
	for (const name of NAMES) {
		const parsed = sessionFilter.shape[name].safeParse(read(name) ?? undefined);
		if (parsed.success && parsed.data !== undefined) filter[name] = parsed.data;
	}
	return { archive_status: 'active', ...filter };
}

/** The query of a filter, without what is the default; empty or beginning with `?`. */
export function writeFilter(filter: InboxFilter): string {
	const params = new URLSearchParams();
	for (const name of NAMES) {
		const value = filter[name];
		if (value !== undefined && !(name === 'archive_status' && value === 'active')) {
			params.set(name, String(value));
		}
	}
	const query = params.toString();
	return query && `?${query}`;
}

/** The same filter as the list endpoint takes it. */
export function listQuery(filter: InboxFilter): Record<string, string> {
	return Object.fromEntries(
		NAMES.filter((name) => filter[name] !== undefined).map((name) => [name, String(filter[name])]),
	);
}

/**
 * Whether a chat session that changed belongs into the list. Words can be looked for only in what the browser
 * has of it; what the server found by words stays (`isListed`).
 */
export function matchesFilter(session: Session, filter: InboxFilter, isListed: boolean): boolean {
	const is = <T>(wanted: T | undefined, actual: T) => wanted === undefined || wanted === actual;
	return (
		session.archive_status === filter.archive_status &&
		is(filter.completion_status, session.completion_status) &&
		is(filter.qa_status, session.qa_status) &&
		is(filter.site, session.site) &&
		is(filter.channel, session.channel) &&
		is(filter.ai_engaged, session.ai_engaged) &&
		is(filter.assignee, session.assignee?.id ?? 'none') &&
		(filter.q === undefined || isListed || hasWords(session, filter.q))
	);
}

function hasWords(session: Session, q: string): boolean {
	const text = `${session.visitor_name ?? ''} ${session.last_message?.message ?? ''}`.toLowerCase();
	return q
		.toLowerCase()
		.split(/\s+/)
		.every((word) => text.includes(word));
}
