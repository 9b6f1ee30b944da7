import type { Page } from '#lib/contract/common.ts';
import { sessionListQuery, type Session, type SessionListQuery } from '#lib/contract/session.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { toPage } from '#lib/server/core/cursor.ts';
import { parse } from '#lib/server/core/parse.ts';
import { presentSession } from './present.ts';
import { selectMatching } from './query.ts';
import { findMatches } from './words.ts';

/** Chat sessions that match the filter, last activity first, as keyset pages; of a search, with where the words are. */
export async function listSessions(ctx: Ctx, input: SessionListQuery): Promise<Page<Session>> {
	requireTeam(ctx, 'sessions:read');
	const query = parse(sessionListQuery, input);
	const { q, limit } = query;
	const rows = await selectMatching(ctx, query);
	const page = toPage(rows.map(presentSession), limit, (session) => session.last_activity_at);
	return q === undefined ? page : withMatches(ctx, page, q);
}

async function withMatches(ctx: Ctx, page: Page<Session>, q: string): Promise<Page<Session>> {
	const ids = page.items.map(({ id }) => id);
	const matches = await findMatches(ctx, ids, q);
	return {
		...page,
		items: page.items.map((session) => {
			const match = matches.get(session.id);
			return match ? { ...session, match } : session;
		}),
	};
}
