import { listSitesOnTrial } from '#lib/server/ai/challengers/index.ts';
import { sessionId } from '#lib/contract/common.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { getSession, listSessions } from '#lib/server/conversations/sessions/index.ts';
import { findRunningReplay, getReplay } from '#lib/server/ai/test-chats/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const sourceId = sessionId.safeParse(url.searchParams.get('session')).data;
	const [source, issues, running, onTrial] = await Promise.all([
		sourceId === undefined ? null : withPageErrors(getSession(ctx, sourceId)),
		withPageErrors(listSessions(ctx, { qa_status: 'issue', limit: 20 })),
		withPageErrors(findRunningReplay(ctx)),
		withPageErrors(listSitesOnTrial(ctx)),
	]);
	return {
		source,
		issues: issues.items
			.filter(({ visitor_message_count }) => visitor_message_count > 0)
			.slice(0, 8),
		hasChallenger: source !== null && onTrial.includes(source.site),
		running: running && (await withPageErrors(getReplay(ctx, running.id))),
	};
};
