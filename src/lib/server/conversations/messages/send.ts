import type { Message } from '#lib/contract/message.ts';
import { messageText } from '#lib/contract/text.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam, requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import { resolveSession, type SessionRow } from '../sessions/unchecked.ts';
import type { InsertedMessage, NewMessage } from './insert.ts';
import { storeMessage } from './store.ts';

/** Per chat session; about ten times what people write. */
export const MAX_VISITOR_MESSAGES = 500;

/**
 * Stores a visitor's message, once per client message id. The AI answers it, unless `website` is filled in, a hidden field
 * that only bots see. Throws `conflict` when the chat session has the maximum number of messages, and `forbidden` when the
 * site requires a consent that the visitor hasn't given.
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
		max_visitor_messages: MAX_VISITOR_MESSAGES,
		needs_consent: true,
	});
}

/**
 * Sends a message from the calling user to the visitor. Throws `conflict` unless the chat session has been taken over, and
 * when Messenger no longer accepts a reply.
 */
export async function sendAgentMessage(
	ctx: Ctx,
	input: { session_id: string; message: string; client_message_id?: string },
): Promise<Message> {
	requireTeam(ctx, 'sessions:write');
	const { actor } = ctx;
	if (actor.type !== 'user') throw forbidden('only a user can write as an agent');
	const session = await resolveSession(ctx, input.session_id);
	if (!session.ai_paused || session.handoff_deadline_at)
		throw conflict('take over the chat session first: the AI is answering it');
	const row: NewMessage = {
		chat_session_id: session.id,
		session_id: session.public_id,
		sender: 'agent',
		message: parse(messageText, input.message),
		author: { id: actor.id, name: actor.name },
		client_message_id: input.client_message_id,
		created_at: ctx.app.clock(),
	};
	if (session.channel !== 'messenger') return (await storeMessage(ctx, row)).message;
	requireReplyWindow(ctx, session);
	// In a transaction, so that the reply to Messenger is queued with the message.
	return (await inTransaction(ctx, (tx) => storeMessage(tx, row))).message;
}

/** Throws `conflict` when Messenger no longer accepts a reply to the visitor. */
export function requireReplyWindow(ctx: Ctx, { reply_until }: SessionRow): void {
	if (reply_until && reply_until <= ctx.app.clock()) {
		throw conflict('Facebook accepts replies only within 24 hours of the visitor’s last message');
	}
}
