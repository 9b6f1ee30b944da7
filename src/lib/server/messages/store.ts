import { asSystem, type Ctx } from '../context';
import { inTransaction, record, recordEvent } from '../db/transaction';
import { AppError, notFound } from '../errors';
import type { AppEvent } from '../events';
import { detectContacts } from '../leads/detect';
import { updateLead } from '../leads';
import { findSession } from '../sessions';
import { insertMessages, type InsertedMessage, type NewMessage } from './insert';
import { writerOf } from './writer';

/**
 * Stores one message once and tells of it after its commit. What names a way to reach the visitor is stored in one
 * transaction with the lead; everything else goes by group commit. Throws NotFound when the chat session is gone.
 */
export async function storeMessage(ctx: Ctx, row: NewMessage): Promise<InsertedMessage> {
	const contacts = row.sender === 'visitor' ? detectContacts(row.message) : {};
	if (ctx.pending || Object.keys(contacts).length > 0) {
		return inTransaction(ctx, async (tx) => {
			const [inserted] = await insertMessages(tx.db, [row]);
			if (!inserted) throw notFound(`chat session ${row.session_id}`);
			for (const event of tellings(ctx, row, inserted)) await recordEvent(tx, event);
			if (inserted.is_new && Object.keys(contacts).length > 0) {
				await updateLead(
					asSystem(tx),
					{ chat_session_id: row.chat_session_id },
					{ fields: contacts, source: 'detected', message_id: inserted.message.id },
				);
			}
			if (inserted.is_reopened) await recordReopened(tx, row.session_id);
			return inserted;
		});
	}
	const writer = writerOf(ctx.app);
	if (writer.isFull) throw new AppError('unavailable', 'too many messages are waiting', { retryAfter: 2 });
	const inserted = await writer.write(row);
	if (!inserted) throw notFound(`chat session ${row.session_id}`);
	for (const event of tellings(ctx, row, inserted)) ctx.app.events.publish(event);
	if (inserted.is_reopened) await inTransaction(ctx, (tx) => recordReopened(tx, row.session_id));
	return inserted;
}

/** What a stored message is told as; nothing when it had been stored before. */
function tellings(ctx: Ctx, row: NewMessage, inserted: InsertedMessage): AppEvent[] {
	if (!inserted.is_new) return [];
	ctx.app.metrics.messages.inc({ sender: row.sender });
	const { session_id, chat_session_id } = row;
	const told: AppEvent[] = [
		{ name: 'message.created', payload: { session_id, message: inserted.message } },
	];
	if (row.wants_reply && inserted.is_awaiting_reply) {
		told.push({ name: 'turn.due', payload: { session_id, chat_session_id } });
	}
	return told;
}

async function recordReopened(ctx: Ctx, sessionId: string): Promise<void> {
	const session = await findSession(ctx, sessionId);
	if (session) await record(ctx, 'session.updated', { session });
}
