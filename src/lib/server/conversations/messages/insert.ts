import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Message } from '#lib/contract/message.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { executePrepared } from '#lib/server/core/db/transaction.ts';
import {
	INSERT_MESSAGES,
	INSERT_UNLOCKED_MESSAGES,
	toInsertParameters,
	type NewMessage,
} from './insert-statement.ts';
import { presentMessage, SELECT_MESSAGES, type StoredMessage, storedMessages } from './read.ts';

export type { NewMessage };

export interface InsertedMessage {
	message: Message;
	/** False if a message with the same client, external or turn id already existed; `message` is then the existing one. */
	is_new: boolean;
	site_id: number;
	/** The challenger assigned to the chat; null for the champion. */
	challenger_id: number | null;
	/** Whether the AI still has to answer. */
	is_awaiting_reply: boolean;
	/** Whether this message reopened an abandoned chat session. */
	is_reopened: boolean;
}

const insertedRowSchema = z.object({
	ord: z.coerce.number(),
	id: z.coerce.number(),
	site_id: z.coerce.number(),
	challenger_id: z.coerce.number().nullable(),
	is_awaiting_reply: z.boolean(),
	was_abandoned: z.boolean(),
	is_locked: z.literal(false),
});
const lockedRowSchema = z.object({ ord: z.coerce.number(), is_locked: z.literal(true) });
const resultRowsSchema = z.array(
	z.discriminatedUnion('is_locked', [insertedRowSchema, lockedRowSchema]),
);

/** The result for a message that wasn't stored because another transaction has locked its chat session. Retry it. */
export const LOCKED = Symbol('locked');

export type InsertResult = InsertedMessage | typeof LOCKED | undefined;

/**
 * Stores messages and updates their chat sessions' counters in one statement. Returns one result per input, in order;
 * `undefined` if the message was rejected or the chat session doesn't exist. Locks chat sessions in id order before
 * assigning message ids, so that within a chat session, id order is commit order. Ended chats become due for statistics;
 * open ones are counted when they end.
 */
export async function insertMessages(
	db: Db,
	rows: NewMessage[],
): Promise<(InsertedMessage | undefined)[]> {
	const results = await insert(db, rows, { name: 'insert_messages', text: INSERT_MESSAGES });
	return results.map((result) => (result === LOCKED ? undefined : result));
}

/** Does the same without waiting for locks. Returns `LOCKED` for messages of locked chat sessions. */
export function insertUnlockedMessages(db: Db, rows: NewMessage[]): Promise<InsertResult[]> {
	return insert(db, rows, { name: 'insert_unlocked_messages', text: INSERT_UNLOCKED_MESSAGES });
}

async function insert(
	db: Db,
	rows: NewMessage[],
	{ name, text }: { name: string; text: string },
): Promise<InsertResult[]> {
	const stored = resultRowsSchema.parse(
		await executePrepared(db, name, text, toInsertParameters(rows)),
	);
	const results = new Map(stored.map((row) => [row.ord, row]));
	const isComplete = results.size === rows.length;
	const existing = isComplete ? [] : await findExisting(db, rows);
	return rows.map((row, index) => {
		const result = results.get(index + 1);
		if (result?.is_locked) return LOCKED;
		if (result) {
			return {
				message: presentNewMessage(row, result.id),
				is_new: true,
				site_id: result.site_id,
				challenger_id: result.challenger_id,
				is_awaiting_reply: result.is_awaiting_reply,
				is_reopened: result.was_abandoned && row.sender === 'visitor',
			};
		}
		const duplicate = existing.find((found) => isSameMessage(found, row));
		return (
			duplicate && {
				message: presentMessage(duplicate),
				is_new: false,
				site_id: 0,
				challenger_id: null,
				is_awaiting_reply: false,
				is_reopened: false,
			}
		);
	});
}

/** Returns the message of a chat session with this external id, or undefined. Doesn't check permissions. */
export const findByExternalId = (ctx: { db: Db }, chatSessionId: number, externalId: string) =>
	findOne(ctx, chatSessionId, sql`m.external_id = ${externalId}`);

/** Returns the reply that a turn stored in its chat session, or undefined. Doesn't check permissions. */
export const findByTurnId = (ctx: { db: Db }, chatSessionId: number, turnId: string) =>
	findOne(ctx, chatSessionId, sql`m.turn_id = ${turnId}`);

async function findOne(
	ctx: { db: Db },
	chatSessionId: number,
	condition: SQL,
): Promise<Message | undefined> {
	const result = await ctx.db.execute(
		sql`${sql.raw(SELECT_MESSAGES)} where m.chat_session_id = ${chatSessionId} and ${condition}`,
	);
	const [found] = storedMessages.parse(result.rows);
	return found && presentMessage(found);
}

/** Returns the stored messages that have the client, external or turn ids of these rows. */
async function findExisting(db: Db, rows: NewMessage[]) {
	const column = (pick: (row: NewMessage) => unknown) => sql.param(rows.map(pick));
	const result = await db.execute(sql`
		${sql.raw(SELECT_MESSAGES)}
		join unnest(${column((row) => row.chat_session_id)}::bigint[], ${column((row) => row.client_message_id ?? null)}::uuid[],
			${column((row) => row.external_id ?? null)}::text[], ${column((row) => row.turn_id ?? null)}::uuid[])
			as input (chat_session_id, client_message_id, external_id, turn_id)
		on m.chat_session_id = input.chat_session_id and (m.client_message_id = input.client_message_id
			or m.external_id = input.external_id or m.turn_id = input.turn_id)`);
	return storedMessages.parse(result.rows);
}

function isSameMessage(found: StoredMessage, row: NewMessage): boolean {
	const isSame = (a: string | null, b: string | undefined) => b !== undefined && a === b;
	return (
		found.chat_session_id === row.chat_session_id &&
		(isSame(found.client_message_id, row.client_message_id?.toLowerCase()) ||
			isSame(found.external_id, row.external_id) ||
			isSame(found.turn_id, row.turn_id))
	);
}

/** Returns a newly inserted message in the contract's shape. */
export function presentNewMessage(row: NewMessage, id: number): Message {
	return {
		id,
		session_id: row.session_id,
		sender: row.sender,
		message: row.message,
		timestamp: row.created_at.toISOString(),
		author: row.author?.name ?? null,
		client_message_id: row.opens_session ? null : (row.client_message_id ?? null),
		external_id: row.external_id ?? null,
		is_fallback: row.is_fallback ?? false,
		quick_replies: row.quick_replies ?? [],
		...(row.booking_url && { booking_url: row.booking_url }),
	};
}
