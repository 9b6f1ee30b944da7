import type { Message } from '#lib/contract/message.ts';
import { messageText } from '#lib/contract/text.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { resolveSession } from '../sessions/unchecked.ts';
import type { NewMessage } from './insert.ts';
import { storeMessage } from './store.ts';

/** A person of the team writes to the visitor; Conflict unless the chat session has been taken over. */
export async function sendAgentMessage(
	ctx: Ctx,
	input: { session_id: string; message: string; client_message_id?: string },
): Promise<Message> {
	requireTeam(ctx, 'sessions:write');
	const { actor } = ctx;
	if (actor.type !== 'user') throw forbidden('only a person can write as an agent');
	const session = await resolveSession(ctx, input.session_id);
	if (!session.ai_paused)
		throw conflict('take the chat session over first: the AI is answering it');
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
	if (session.reply_until && session.reply_until <= ctx.app.clock()) {
		throw conflict(
			'Facebook lets a page answer for 24 hours after the visitor wrote: they are over',
		);
	}
	// In a transaction, so that it is on its way to Messenger when it is stored.
	return (await inTransaction(ctx, (tx) => storeMessage(tx, row))).message;
}
