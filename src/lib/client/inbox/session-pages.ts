import type { Page } from '#lib/contract/common.ts';
import type { Session } from '#lib/contract/session.ts';
import { api } from '#lib/client/api-client.ts';
import { listQuery, type InboxFilter } from './session-filter.ts';

/** As many as the server gives at once. */
const MAX_PAGE = 200;

/** One page of what the filter finds at the server now; without a cursor the first. */
export function readPage(
	filter: InboxFilter,
	limit: number,
	cursor: string | null,
): Promise<Page<Session>> {
	return api.listSessions({
		...listQuery(filter, Date.now()),
		limit: String(limit),
		...(cursor !== null && { cursor }),
	});
}

/** The first `wanted` of what the filter finds at the server now, in as many pages as it takes. */
export async function readTop(filter: InboxFilter, wanted: number): Promise<Page<Session>> {
	const items: Session[] = [];
	let cursor: string | null = null;
	do {
		const limit = Math.min(MAX_PAGE, wanted - items.length);
		const page: Page<Session> = await readPage(filter, limit, cursor);
		items.push(...page.items);
		cursor = page.next_cursor;
	} while (cursor !== null && items.length < wanted);
	return { items, next_cursor: cursor };
}
