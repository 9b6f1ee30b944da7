import type { Conversation } from '#lib/contract/conversation.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { resolveHandle } from '../sessions/unchecked.ts';
import { connectionTestConversation, isConnectionTestId } from './connection-test.ts';
import { listMessages } from './list.ts';

/** Returns the context for an AI: the chat session's messages except for the AI's latest one. Throws `not_found`. */
export async function getConversation(ctx: Ctx, id: string): Promise<Conversation> {
	requireTeam(ctx, 'sessions:read');
	if (isConnectionTestId(id)) return connectionTestConversation(id, ctx.app.clock());
	const chat = await resolveHandle(ctx, id);
	// Sorted by time, as messages that were ingested late have later ids; ids decide between equal times.
	const all = (await listMessages(asSystem(ctx), chat)).sort(
		(a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp) || a.id - b.id,
	);
	const last = all.findLast((message) => message.sender === 'ai');
	const shown = all.filter((message) => message !== last);
	return {
		session_id: chat.session_id,
		conversation_history: shown.map(({ id, message, timestamp, sender }) => ({
			id,
			message,
			timestamp,
			sender: sender === 'visitor' ? 'user' : sender,
		})),
		session_metadata: {
			total_messages: shown.length,
			ai_messages_count: shown.filter(({ sender }) => sender === 'ai').length,
			user_messages_count: shown.filter(({ sender }) => sender === 'visitor').length,
			session_start: shown[0]?.timestamp ?? null,
			session_end: shown.at(-1)?.timestamp ?? null,
			excluded_last_ai_message: last !== undefined,
		},
		last_ai_message: last?.message ?? null,
		ai_message_time: last?.timestamp ?? null,
	};
}
