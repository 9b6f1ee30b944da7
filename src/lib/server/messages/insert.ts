import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Sender } from '$lib/contract/common';
import type { Message } from '$lib/contract/message';
import type { Db } from '../db/client';
import { presentMessage, SELECT_MESSAGES, storedMessages, type StoredMessage } from './present';

/** A message on its way into the database; ids and text are checked by whoever made it. */
export interface NewMessage {
	chat_session_id: number;
	session_id: string;
	sender: Sender;
	message: string;
	created_at: Date;
	author?: { id: number | null; name: string };
	client_message_id?: string;
	external_id?: string;
	turn_id?: string;
	/** The AI is to answer it, unless a person has taken over. */
	wants_reply?: boolean;
	/** Not stored when the visitor has written so many messages in this chat session already. */
	most_by_visitor?: number;
	/** Not stored while the site demands a consent that the visitor has not given. */
	needs_consent?: boolean;
	is_fallback?: boolean;
	quick_replies?: string[];
}

export interface InsertedMessage {
	message: Message;
	/** False when the same client or external id had been stored before; `message` is the first one then. */
	is_new: boolean;
	site_id: number;
	/** The AI owes an answer now. */
	is_awaiting_reply: boolean;
	/** The chat session was abandoned and this message opened it again. */
	is_reopened: boolean;
}

const insertedRow = z.object({
	ord: z.coerce.number(),
	id: z.coerce.number(),
	site_id: z.coerce.number(),
	is_awaiting_reply: z.boolean(),
	was_abandoned: z.boolean(),
});

/**
 * Stores messages and brings their chat sessions' counters up to date, in one statement. Chat sessions are
 * locked in the order of their ids before message ids are drawn, so that within a chat session the order of ids is
 * the order of commits. Gives one result per input; undefined where the chat session does not exist. Chats that were
 * over become due for statistics; those that go on have their messages counted when they end. What repeats the words
 * that a turn is answering is answered by that turn.
 */
export async function insertMessages(
	db: Db,
	rows: NewMessage[],
): Promise<(InsertedMessage | undefined)[]> {
	const result = await db.execute(statement(rows));
	const inserted = new Map(
		z
			.array(insertedRow)
			.parse(result.rows)
			.map((row) => [row.ord, row]),
	);
	const isComplete = inserted.size === rows.length;
	const first = isComplete ? [] : await findStored(db, rows);
	return rows.map((row, index) => {
		const stored = inserted.get(index + 1);
		if (!stored) {
			const before = first.find((found) => isSameMessage(found, row));
			return (
				before && {
					message: presentMessage(before),
					is_new: false,
					site_id: 0,
					is_awaiting_reply: false,
					is_reopened: false,
				}
			);
		}
		return {
			message: presentNew(row, stored.id),
			is_new: true,
			site_id: stored.site_id,
			is_awaiting_reply: stored.is_awaiting_reply,
			is_reopened: stored.was_abandoned && row.sender === 'visitor',
		};
	});
}

function statement(rows: NewMessage[]) {
	const column = <T>(pick: (row: NewMessage) => T) => sql.param(rows.map(pick));
	return sql`
		with input as (
			select * from unnest(
				${column((row) => row.chat_session_id)}::bigint[], ${column((row) => row.sender)}::text[],
				${column((row) => row.message)}::text[], ${column((row) => row.created_at.toISOString())}::timestamptz[],
				${column((row) => row.author?.id ?? null)}::bigint[], ${column((row) => row.client_message_id ?? null)}::uuid[],
				${column((row) => row.external_id ?? null)}::text[], ${column((row) => row.turn_id ?? null)}::uuid[],
				${column((row) => row.is_fallback ?? false)}::boolean[],
				${column((row) => row.wants_reply ?? false)}::boolean[],
				${column((row) => JSON.stringify(row.quick_replies ?? []))}::jsonb[],
				${column((row) => row.most_by_visitor ?? null)}::int[], ${column((row) => row.needs_consent ?? false)}::boolean[]
			) with ordinality as input (chat_session_id, sender, message, created_at, user_id, client_message_id,
				external_id, turn_id, is_fallback, wants_reply, quick_replies, most_by_visitor, needs_consent, ord)
		), locked as (
			select id, completion_status, visitor_message_count, last_visitor_message_id, answered_through_id, turn_id,
				site_id, channel = 'web' and consent_version is null as is_silent_on_consent
			from chat_sessions
			where id in (select chat_session_id from input) order by id for update
		), numbered as (
			select nextval(pg_get_serial_sequence('messages', 'id')) as id, sorted.* from (
				select input.*, locked.completion_status = 'abandoned' as was_abandoned, locked.turn_id as running_id,
					locked.turn_id is not null and input.wants_reply and coalesce(input.message = answering.message
						and input.created_at < answering.created_at + interval '10 seconds', false) as is_repeat
				from input join locked on locked.id = input.chat_session_id
				left join messages answering on answering.id = locked.last_visitor_message_id
					and answering.id = locked.answered_through_id
				where (input.most_by_visitor is null or locked.visitor_message_count < input.most_by_visitor)
					and not (input.needs_consent and locked.is_silent_on_consent
						and coalesce((select (consent -> 'is_required')::boolean from sites where id = locked.site_id), false))
				order by input.ord
			) sorted
		), stored as (
			insert into messages (id, chat_session_id, sender, message, created_at, user_id, client_message_id,
				external_id, turn_id, is_fallback, quick_replies)
			overriding system value
			select id, chat_session_id, sender, message, created_at, user_id, client_message_id, external_id, turn_id,
				is_fallback, array(select jsonb_array_elements_text(numbered.quick_replies))
			from numbered order by ord
			on conflict do nothing
			returning id, chat_session_id, sender, message, created_at
		), counted as (
			select stored.chat_session_id, count(*)::int as total,
				(count(*) filter (where stored.sender = 'visitor'))::int as by_visitor,
				(count(*) filter (where stored.sender = 'ai'))::int as by_ai,
				max(stored.id) as last_id, max(stored.id) filter (where stored.sender = 'visitor') as last_visitor_id,
				max(stored.created_at) as last_at, bool_or(numbered.wants_reply and not numbered.is_repeat) as wants_reply,
				bool_and(numbered.is_repeat) as is_repeat, max(numbered.running_id::text)::uuid as running_id
			from stored join numbered on numbered.id = stored.id group by stored.chat_session_id
		), updated as (
			update chat_sessions as session set
				message_count = session.message_count + counted.total,
				visitor_message_count = session.visitor_message_count + counted.by_visitor,
				ai_message_count = session.ai_message_count + counted.by_ai,
				last_message_id = last.id, last_message_sender = last.sender, last_message_at = last.created_at,
				last_message_preview = left(last.message, 200),
				last_activity_at = greatest(session.last_activity_at, counted.last_at),
				last_visitor_message_id = coalesce(counted.last_visitor_id, session.last_visitor_message_id),
				answered_through_id = case when counted.is_repeat then counted.last_visitor_id
					else session.answered_through_id end,
				is_awaiting_reply = session.is_awaiting_reply or (counted.wants_reply and not session.ai_paused),
				completion_status = case when session.completion_status = 'abandoned' and counted.by_visitor > 0
					then 'in_progress' else session.completion_status end
			from counted join stored as last on last.id = counted.last_id
			where session.id = counted.chat_session_id
			returning session.id, session.site_id, session.is_awaiting_reply
		), answered as (
			update ai_turns t set message_id = counted.last_visitor_id
			from counted where counted.is_repeat and t.turn_id = counted.running_id
		), due as (
			insert into statistics_due (chat_session_id)
			select id from locked where completion_status <> 'in_progress'
		)
		select numbered.ord, numbered.id, numbered.was_abandoned, updated.site_id, updated.is_awaiting_reply
		from numbered join stored on stored.id = numbered.id join updated on updated.id = numbered.chat_session_id`;
}

/** The messages that were stored before under the ids of these rows. */
async function findStored(db: Db, rows: NewMessage[]) {
	const column = (pick: (row: NewMessage) => unknown) => sql.param(rows.map(pick));
	const result = await db.execute(sql`
		${SELECT_MESSAGES}
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

function presentNew(row: NewMessage, id: number): Message {
	return {
		id,
		session_id: row.session_id,
		sender: row.sender,
		message: row.message,
		timestamp: row.created_at.toISOString(),
		author: row.author?.name ?? null,
		client_message_id: row.client_message_id ?? null,
		external_id: row.external_id ?? null,
		is_fallback: row.is_fallback ?? false,
		quick_replies: row.quick_replies ?? [],
	};
}
