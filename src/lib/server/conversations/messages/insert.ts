import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Message } from '#lib/contract/message.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import { executePrepared } from '#lib/server/core/db/transaction.ts';
import { createInsertStatement, toInsertParameters, type NewMessage } from './insert-statement.ts';
import { presentMessage, SELECT_MESSAGES, type StoredMessage, storedMessages } from './read.ts';

export type { NewMessage };

export interface InsertedMessage {
	message: Message;
	/** False if a message with the same client, external or turn id already existed; `message` is then the existing one. */
	is_new: boolean;
	/** 0 for an existing message. */
	site_id: number;
	/** The challenger assigned to the chat; null for the champion. */
	challenger_id: number | null;
	/** Whether the AI still has to answer. */
	is_awaiting_reply: boolean;
	/** Whether this message reopened an abandoned chat session. */
	is_reopened: boolean;
	/** The claimed turn whose last message this is, as returned by the statement. */
	turn?: Record<string, unknown>;
	/** Starts the claimed turn. Must be called after the message has been published. */
	startTurn?: () => void;
}

const insertedRowSchema = z.object({
	ord: z.coerce.number(),
	id: z.coerce.number(),
	site_id: z.coerce.number(),
	challenger_id: z.coerce.number().nullable(),
	is_awaiting_reply: z.boolean(),
	was_abandoned: z.boolean(),
	is_locked: z.literal(false),
	/** Null if no turn was claimed. */
	turn: z.record(z.string(), z.unknown()).nullable(),
});
const lockedRowSchema = z.object({ ord: z.coerce.number(), is_locked: z.literal(true) });
const resultRowsSchema = z.array(
	z.discriminatedUnion('is_locked', [insertedRowSchema, lockedRowSchema]),
);

/** The result for a message that wasn't stored because another transaction has locked its chat session. Retry it. */
export const LOCKED = Symbol('locked');

export type InsertResult = InsertedMessage | typeof LOCKED | undefined;

interface Statement {
	/** The name of the prepared statement. */
	name: string;
	text: string;
}
const INSERT: Statement = { name: 'insert_messages', text: createInsertStatement('') };
const INSERT_UNLOCKED: Statement = {
	name: 'insert_unlocked_messages',
	text: createInsertStatement('skip locked'),
};

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
	const results = await insert(db, rows, INSERT);
	return results.map((result) => (result === LOCKED ? undefined : result));
}

/** Stores messages like `insertMessages`, but without waiting for locks. Returns `LOCKED` for messages of locked chat sessions. */
export function insertUnlockedMessages(db: Db, rows: NewMessage[]): Promise<InsertResult[]> {
	return insert(db, rows, INSERT_UNLOCKED);
}

/** The turn that a statement may claim when it stores a visitor's message. */
export interface ReservedTurn {
	turn_id: string;
	/** Runs the turn that the statement returned. */
	run(turn: unknown): void;
	/** Called if the turn was not claimed. */
	release(): void;
	/** Called if the turn may have been claimed, because the database gave no response. */
	abandon(): void;
}

/** Reserves turns for messages that are about to be stored; implemented by the domain of turns, which this one can't import. */
export interface TurnReservations {
	/** The insert statement that also claims the turns. */
	statement: Statement;
	/** Returns undefined if the turn of this chat session can't start immediately. */
	reserve(chatSessionId: number): ReservedTurn | undefined;
}

/**
 * Stores messages like `insertUnlockedMessages`, and claims the turns that can start immediately. The caller starts a claimed
 * turn with the returned `startTurn`.
 */
export async function insertAndClaim(
	db: Db,
	rows: NewMessage[],
	turns: TurnReservations,
): Promise<InsertResult[]> {
	const reserved = new Map<number, ReservedTurn>();
	for (const { chat_session_id: id, wants_reply } of rows) {
		const turn = wants_reply && !reserved.has(id) && turns.reserve(id);
		if (turn) reserved.set(id, turn);
	}
	if (reserved.size === 0) return insertUnlockedMessages(db, rows);
	const turnIds = new Map([...reserved].map(([id, { turn_id }]) => [id, turn_id]));
	try {
		const results = await insert(db, rows, turns.statement, turnIds);
		for (const [index, { chat_session_id }] of rows.entries()) {
			const result = results[index];
			const turn = reserved.get(chat_session_id);
			if (!turn || !result || result === LOCKED || result.turn === undefined) continue;
			result.startTurn = () => turn.run(result.turn);
			reserved.delete(chat_session_id);
		}
		for (const turn of reserved.values()) turn.release();
		return results;
	} catch (error) {
		const isOutcomeUnknown = isTransientDatabaseError(error);
		for (const turn of reserved.values()) {
			if (isOutcomeUnknown) turn.abandon();
			else turn.release();
		}
		if (isOutcomeUnknown) throw error;
		// A turn that can't be claimed must not prevent its message from being stored.
		return insertUnlockedMessages(db, rows);
	}
}

async function insert(
	db: Db,
	rows: NewMessage[],
	{ name, text }: Statement,
	turnIds: ReadonlyMap<number, string> = new Map(),
): Promise<InsertResult[]> {
	const stored = resultRowsSchema.parse(
		await executePrepared(db, name, text, toInsertParameters(rows, turnIds)),
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
				is_awaiting_reply: result.is_awaiting_reply || result.turn !== null,
				is_reopened: result.was_abandoned && row.sender === 'visitor',
				...(result.turn && { turn: result.turn }),
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
