import type { History } from '$lib/contract/widget';
import { requireVisitorOrTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { getSession, presentSessionForWidget } from '../sessions';
import { listMessages } from './list';
import { presentForWidget } from './present';

/** What the visitor's browser shows: the chat session and its messages, all or those after a message id. */
export async function getWidgetHistory(
	ctx: Ctx,
	sessionId: string,
	after?: number,
): Promise<History> {
	requireVisitorOrTeam(ctx, sessionId, 'sessions:read');
	const session = await getSession(ctx, sessionId);
	const messages = await listMessages(ctx, sessionId, { after });
	return { session: presentSessionForWidget(session), messages: messages.map(presentForWidget) };
}
