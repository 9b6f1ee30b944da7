import { sessionId, urlInteger } from '#lib/contract/common.ts';
import type { Session } from '#lib/contract/session.ts';
import { listSitesOnTrial } from '#lib/server/ai/challengers/index.ts';
import {
	findRunningReplay,
	getReplay,
	listReplayMessages,
} from '#lib/server/ai/test-chats/index.ts';
import { getSession, listSessions } from '#lib/server/conversations/sessions/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { listReviewItems } from '#lib/server/quality/reviews/index.ts';
import type { PageServerLoad } from './$types';

const replayId = urlInteger(1);
const MAX_SUGGESTIONS = 8;

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const chosenChat = sessionId.safeParse(url.searchParams.get('session')).data;
	const chosenReplay = replayId.safeParse(url.searchParams.get('replay') ?? undefined).data;
	const [suggestions, running, onTrial] = await Promise.all([
		withPageErrors(listSuggestions(ctx)),
		withPageErrors(findRunningReplay(ctx)),
		withPageErrors(listSitesOnTrial(ctx)),
	]);
	const isRunningHere = running && (!chosenChat || running.source_session_id === chosenChat);
	const shownReplay = chosenReplay ?? (isRunningHere ? running.id : undefined);
	const comparison =
		shownReplay === undefined
			? null
			: await withPageErrors(getReplay(ctx, shownReplay), 'This replay has been deleted.');
	// A replay's chat may have been deleted since.
	const sourceId = comparison ? comparison.replay.source_session_id : chosenChat;
	const source = sourceId ? await withPageErrors(getSession(ctx, sourceId)) : null;
	return {
		source,
		messagesToReplay:
			source && !comparison ? await withPageErrors(listReplayMessages(ctx, source.session_id)) : [],
		suggestions,
		hasChallenger: source !== null && onTrial.includes(source.site),
		comparison,
		/** Only the user who started a replay can cancel it. */
		canCancel: running !== null && running.id === shownReplay,
		/** A running replay of another chat. */
		runningElsewhere: running && running.id !== shownReplay ? running : null,
	};
};

/** Lists chats with review issues, or the latest chats if there are none. */
async function listSuggestions(ctx: Ctx) {
	const pick = <T extends { session: Session }>(chats: T[]) =>
		chats.filter(({ session }) => session.visitor_message_count > 0).slice(0, MAX_SUGGESTIONS);
	const issues = await listReviewItems(ctx, { qa_status: 'issue', limit: 20 });
	const chatsWithIssues = pick(issues.items);
	if (chatsWithIssues.length > 0) {
		const chats = chatsWithIssues.map(({ session, review }) => ({
			session,
			reasons: review?.reasons ?? [],
		}));
		return { label: 'Chats with review issues', chats };
	}
	const recent = await listSessions(ctx, { limit: 20 });
	return {
		label: 'Latest chats',
		chats: pick(recent.items.map((session) => ({ session, reasons: [] }))),
	};
}
