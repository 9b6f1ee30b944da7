import type { Message } from '#lib/contract/message.ts';
import { testMessageInput, type TestMessageInput } from '#lib/contract/test-chat.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { resolveTestChat } from './internal.ts';

/** Says something to the AI in the visitor's place, once per client message id. Throws NotFound, and Conflict for a chat of a real visitor. */
export async function sendTestMessage(
	ctx: Ctx,
	sessionId: string,
	input: TestMessageInput,
): Promise<Message> {
	requireTeam(ctx, 'sessions:write');
	const said = parse(testMessageInput, input);
	const { id: chat_session_id, public_id: session_id } = await resolveTestChat(ctx, sessionId);
	const sent = await sendVisitorMessage(asSystem(ctx), { chat_session_id, session_id, ...said });
	return sent.message;
}
