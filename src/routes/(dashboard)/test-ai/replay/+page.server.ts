import { listSitesOnTrial } from '#lib/server/ai/challengers/index.ts';
import { sessionId } from '#lib/contract/common.ts';
import { shown } from '#lib/server/pages.ts';
import { getSession, listSessions } from '#lib/server/conversations/sessions/index.ts';
import { findRunningReplay, getReplay } from '#lib/server/ai/test-chats/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const wanted = sessionId.safeParse(url.searchParams.get('session')).data;
	const [source, issues, running, onTrial] = await Promise.all([
		wanted === undefined ? null : shown(getSession(ctx, wanted)),
		shown(listSessions(ctx, { qa_status: 'issue', limit: 8 })),
		shown(findRunningReplay(ctx)),
		shown(listSitesOnTrial(ctx)),
	]);
	return {
		source,
		issues: issues.items,
		hasChallenger: source !== null && onTrial.includes(source.site),
		running: running && (await shown(getReplay(ctx, running.id))),
	};
};
