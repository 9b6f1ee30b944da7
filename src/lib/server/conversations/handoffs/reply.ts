import { agentReplyInput, type AgentReplyInput } from '#lib/contract/handoff.ts';
import type { Message } from '#lib/contract/message.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { findByExternalId, requireReplyWindow, storeMessages } from '../messages/unchecked.ts';
import { resolveSession } from '../sessions/unchecked.ts';
import { giveTo, heldBy, holderOf } from './take-over.ts';

/**
 * Sends the words of a person who answers outside of Frontdesk, such as in Slack. Takes the chat session over for them, so
 * that the AI is paused. Throws `not_found`, and `conflict` when someone else has the chat session.
 */
export async function sendPersonReply(
	ctx: Ctx,
	id: string,
	input: AgentReplyInput,
): Promise<Message> {
	requireTeam(ctx, 'sessions:write');
	const { message, name, external_id } = parse(agentReplyInput, input);
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		// A repeated reply must not pause an AI that has been handed the chat back.
		const earlier =
			external_id === undefined ? undefined : await findByExternalId(tx, row.id, external_id);
		if (earlier) return earlier;
		requireReplyWindow(tx, row);
		const holder = await holderOf(tx, row);
		if (holder !== null && holder !== name) throw heldBy(holder);
		if (holder === null) await giveTo(tx, row, { id: null, name });
		const [stored] = await storeMessages(tx, [
			{
				chat_session_id: row.id,
				session_id: row.public_id,
				sender: 'agent',
				message,
				author: { id: null, name },
				external_id,
				created_at: tx.app.clock(),
			},
		]);
		if (!stored) throw new Error('a reply was not stored');
		return stored.message;
	});
}
