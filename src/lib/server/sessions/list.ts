import type { Page } from '$lib/contract/common';
import { sessionListQuery, type Session, type SessionListQuery } from '$lib/contract/session';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { toPage } from '../cursor';
import { parse } from '../parse';
import { presentSession } from './present';
import { selectMatching } from './query';
import { findMatches } from './words';

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
