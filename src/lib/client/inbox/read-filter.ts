// Not in session-filter.ts, so that pages don't load the schemas: the server parses the filter for them.
import { inboxFilter } from '#lib/contract/inbox.ts';
import { FILTER_NAMES, type InboxFilter } from './session-filter.ts';

/** Reads a filter from a URL's query; invalid values are ignored. */
export function readFilter(query: URLSearchParams): InboxFilter {
	const filter: Record<string, unknown> = {};
	for (const name of FILTER_NAMES) {
		const parsed = inboxFilter.shape[name].safeParse(query.get(name) ?? undefined);
		if (parsed.success && parsed.data !== undefined) filter[name] = parsed.data;
	}
	return { archive_status: 'active', ...filter };
}
