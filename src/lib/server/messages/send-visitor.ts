import type { Message } from '$lib/contract/message';
import { messageText } from '$lib/contract/text';
import { requireVisitorOrTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { parse } from '../parse';
import { storeMessage } from './store';

/** Stores a visitor's message, once per client message id; the AI answers it by its turn. */
export async function sendVisitorMessage(
	ctx: Ctx,
	input: {
		chat_session_id: number;
		session_id: string;
		message: string;
		client_message_id?: string;
	},
): Promise<{ message: Message; is_new: boolean }> {
	requireVisitorOrTeam(ctx, input.session_id, 'sessions:write');
	return storeMessage(ctx, {
		...input,
		message: parse(messageText, input.message),
		sender: 'visitor',
		created_at: ctx.app.clock(),
		wants_reply: true,
	});
}
