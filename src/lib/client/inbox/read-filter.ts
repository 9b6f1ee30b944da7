// Separate from session-filter.ts because pages get their filter parsed, and load no schema.
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
