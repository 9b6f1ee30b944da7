import { setTimeout } from 'node:timers/promises';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import { inTransaction, record, recordEvent } from '#lib/server/core/db/transaction.ts';
import { AppError, conflict, notFound } from '#lib/server/core/errors.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { findCountry } from '#lib/server/leads/unchecked.ts';
import { findContacts, canHaveContacts } from '#lib/server/leads/detect.ts';
import { requireConsent } from '../sessions/index.ts';
import { findSession, resolveSession } from '../sessions/unchecked.ts';
import {
	insertMessages,
	insertUnlockedMessages,
	LOCKED,
	type InsertedMessage,
	type InsertResult,
	type NewMessage,
} from './insert.ts';
import { LOCK_TIMEOUT_MS, createLockTimeout, getNextLockPauseMs } from './writer.ts';

/**
 * Stores one message idempotently, by group commit or in the caller's transaction, and publishes it after the commit. A
 * message with a contact is stored in one transaction with the lead. If an attempt got no response and a retry finds its
 * message stored, the retry publishes the message. Throws `not_found`; `conflict` if the chat session has the maximum number
 * of messages; `forbidden` if its site requires a consent first; `unavailable` if the queue is full.
 */
export async function storeMessage(ctx: Ctx, row: NewMessage): Promise<InsertedMessage> {
	if (ctx.pending) return storeSingleMessage(ctx, row, insertMessages);
	const { unconfirmed } = ctx.app.messageWriter;
	try {
		const inserted = await storeOutsideTransaction(ctx, row);
		if (!unconfirmed.delete(row) || inserted.is_new) return inserted;
		const { session_id } = row;
		const { message } = inserted;
		ctx.app.events.publish({ name: 'message.created', payload: { session_id, message } });
		return inserted;
	} catch (error) {
		if (isTransientDatabaseError(error)) unconfirmed.add(row);
		throw error;
	}
}

async function storeOutsideTransaction(ctx: Ctx, row: NewMessage): Promise<InsertedMessage> {
	if (canHaveContact(row)) return storeWhenUnlocked(ctx, row);
	const writer = ctx.app.messageWriter;
	if (writer.isFull) {
		throw new AppError('unavailable', 'too many messages are waiting', { retryAfter: 2 });
	}
	const inserted = await writer.write(row);
	if (!inserted) return throwNotStored(ctx, row);
	for (const event of createEvents(ctx, row, inserted)) ctx.app.events.publish(event);
	inserted.startTurn?.();
	if (inserted.is_reopened) await inTransaction(ctx, (tx) => recordReopened(tx, row));
	return inserted;
}

/** Stores a message, retrying while another transaction has locked the chat session. Waiting for the lock would occupy a connection. */
async function storeWhenUnlocked(ctx: Ctx, row: NewMessage): Promise<InsertedMessage> {
	const start = performance.now();
	for (let pauseMs = getNextLockPauseMs(); ; pauseMs = getNextLockPauseMs(pauseMs)) {
		try {
			return await inTransaction(ctx, (tx) => storeSingleMessage(tx, row, insertUnlockedMessages));
		} catch (error) {
			if (!(error instanceof ChatLockedError)) throw error;
			if (performance.now() - start > LOCK_TIMEOUT_MS) throw createLockTimeout();
		}
		await setTimeout(pauseMs);
	}
}

class ChatLockedError extends Error {}

type InsertFunction = (db: Ctx['db'], rows: NewMessage[]) => Promise<InsertResult[]>;

async function storeSingleMessage(
	ctx: Ctx,
	row: NewMessage,
	insert: InsertFunction,
): Promise<InsertedMessage> {
	const [inserted] = await storeMessages(ctx, [row], insert);
	if (!inserted) throw notFound(`chat session ${row.session_id}`);
	return inserted;
}

/** Stores messages, and contacts found in the visitor's messages, in the caller's transaction. Doesn't check permissions. */
export async function storeMessages(
	ctx: Ctx,
	rows: NewMessage[],
	insert: InsertFunction = insertMessages,
): Promise<InsertedMessage[]> {
	const results = await insert(ctx.db, rows);
	const stored: InsertedMessage[] = [];
	for (const [index, row] of rows.entries()) {
		const inserted = results[index];
		if (inserted === LOCKED) throw new ChatLockedError();
		if (!inserted) return throwNotStored(ctx, row);
		stored.push(inserted);
		for (const event of createEvents(ctx, row, inserted)) await recordEvent(ctx, event);
		if (inserted.is_new && canHaveContact(row)) await storeContacts(ctx, row, inserted.message.id);
	}
	const reopened = rows.find((_, index) => stored[index]?.is_reopened);
	if (reopened) await recordReopened(ctx, reopened);
	return stored;
}

/** Throws the error that explains why a message was not stored. */
async function throwNotStored(ctx: Ctx, row: NewMessage): Promise<never> {
	const session = await resolveSession(ctx, String(row.chat_session_id));
	const isFull = session.visitor_message_count >= (row.max_visitor_messages ?? Infinity);
	if (row.needs_consent && !isFull) await requireConsent(ctx, session);
	throw conflict('this chat has reached its limit; start a new one');
}

const canHaveContact = (row: NewMessage) =>
	row.sender === 'visitor' && canHaveContacts(row.message);

/** Stores the contacts in a visitor's message in the lead. */
async function storeContacts(ctx: Ctx, row: NewMessage, message_id: number): Promise<void> {
	const { chat_session_id } = row;
	const contacts = findContacts(row.message, await findCountry(ctx, chat_session_id));
	if (contacts.length === 0) return;
	// The first contact of each type becomes the main one.
	const fields: Partial<Record<'email' | 'phone', string>> = {};
	for (const { type, value } of contacts) fields[type] ??= value;
	const change = { fields, contacts, source: 'detected' as const, message_id };
	await updateLead(asSystem(ctx), { chat_session_id }, change);
}

/** Counts a stored message in the metrics and returns its events; none for a duplicate. */
function createEvents(ctx: Ctx, row: NewMessage, inserted: InsertedMessage): AppEvent[] {
	if (!inserted.is_new) return [];
	ctx.app.metrics.messages.inc({ sender: row.sender });
	const { session_id, chat_session_id } = row;
	const events: AppEvent[] = [
		{ name: 'message.created', payload: { session_id, message: inserted.message } },
	];
	if (row.wants_reply && inserted.is_awaiting_reply && !inserted.startTurn) {
		const { site_id, challenger_id } = inserted;
		const payload = { session_id, chat_session_id, site_id, challenger_id };
		events.push({ name: 'turn.due', payload });
	}
	return events;
}

async function recordReopened(ctx: Ctx, row: NewMessage): Promise<void> {
	const session = await findSession(ctx, row.chat_session_id);
	if (session) await record(ctx, 'session.updated', { session });
}
