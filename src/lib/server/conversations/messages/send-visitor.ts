import { messageText } from '#lib/contract/text.ts';
import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { parse } from '#lib/server/core/parse.ts';
import type { InsertedMessage } from './insert.ts';
import { storeMessage } from './store.ts';

/** People say in a tenth of it all there is to say. */
export const MOST_BY_VISITOR = 500;

/**
 * Stores a visitor's message, once per client message id; the AI answers it by its turn, unless a script has filled in
 * what people do not see. Throws Conflict when the chat session has become as long as it may, and Forbidden when the site
 * demands a consent that the visitor has not given.
 */
export async function sendVisitorMessage(
	ctx: Ctx,
	input: {
		chat_session_id: number;
		session_id: string;
		message: string;
		client_message_id?: string;
		opens_session?: boolean;
		website?: string;
	},
): Promise<InsertedMessage> {
	requireVisitorOrTeam(ctx, input.session_id, 'sessions:write');
	const { website, ...row } = input;
	return storeMessage(ctx, {
		...row,
		message: parse(messageText, input.message),
		sender: 'visitor',
		created_at: ctx.app.clock(),
		wants_reply: !website,
		most_by_visitor: MOST_BY_VISITOR,
		needs_consent: true,
	});
}
