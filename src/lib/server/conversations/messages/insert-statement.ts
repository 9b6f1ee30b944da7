import type { Sender } from '#lib/contract/common.ts';
import { hideLength } from '#lib/server/core/db/transaction.ts';

/** A message to insert. The caller has validated its ids and text. */
export interface NewMessage {
	chat_session_id: number;
	session_id: string;
	sender: Sender;
	message: string;
	created_at: Date;
	author?: { id: number | null; name: string };
	client_message_id?: string;
	/** Whether this message's client id started the chat session and therefore grants its token; see `startSession`. */
	opens_session?: boolean;
	external_id?: string;
	turn_id?: string;
	/** Whether the AI should answer, unless a teammate has taken over. */
	wants_reply?: boolean;
	/** The message is rejected if the visitor already has this many in the chat session. */
	max_visitor_messages?: number;
	/** Whether the message is rejected while the site requires a consent that the visitor hasn't given. */
	needs_consent?: boolean;
	is_fallback?: boolean;
	quick_replies?: string[];
	booking_url?: string;
}

/**
 * Returns one array per column, in the order of the parameters of the insert statement. `turnIds` are the ids of the turns to
 * claim, by chat session.
 */
export function toInsertParameters(
	rows: NewMessage[],
	turnIds: ReadonlyMap<number, string>,
): unknown[][] {
	const column = <T>(pick: (row: NewMessage) => T) => rows.map(pick);
	return [
		column((row) => row.chat_session_id),
		column((row) => row.sender),
		column((row) => row.message),
		column((row) => row.created_at.toISOString()),
		column((row) => row.author?.id ?? null),
		column((row) => row.client_message_id ?? null),
		column((row) => row.external_id ?? null),
		column((row) => row.turn_id ?? null),
		column((row) => row.is_fallback ?? false),
		column((row) => row.wants_reply ?? false),
		column((row) => JSON.stringify(row.quick_replies ?? [])),
		column((row) => row.max_visitor_messages ?? null),
		column((row) => row.needs_consent ?? false),
		column((row) => row.booking_url ?? null),
		column((row) => (row.author?.id === null ? row.author.name : null)),
		column((row) => turnIds.get(row.chat_session_id) ?? null),
	];
}

/** The SQL expression for a new message's id. Must be evaluated under the lock of its chat session. */
export const NEXT_MESSAGE_ID = `nextval((select pg_get_serial_sequence('messages', 'id'))::regclass)`;

/** Returns the SQL assignments that copy a message into its chat session's `last_message_…` columns. */
export const setLastMessage = (
	row: string,
) => `last_message_id = ${row}.id, last_message_sender = ${row}.sender,
			last_message_at = ${row}.created_at, last_message_preview = left(${row}.message, 200)`;

/** How the turns of new messages are claimed; see `createInsertStatement`. */
interface TurnClaim {
	/** Assignments to `chat_sessions` for the turn `claimable.claim_id`, each followed by a comma. */
	assignments: string;
	/** More columns of `chat_sessions`, as `session`, for the CTEs, each preceded by a comma. */
	columns: string;
	/**
	 * CTEs that end with `turns (through_id, turn)`: one row for each row of `updated` with a `claim_id`. In `updated`,
	 * `after_id` is the last message before those of the turn, and `through_id` is the turn's last message.
	 */
	ctes: string;
}

const NO_CLAIM: TurnClaim = {
	assignments: '',
	columns: '',
	ctes: 'turns as (select null::bigint as through_id, null::jsonb as turn where false)',
};

/** Selects messages of existing chat sessions that this statement didn't lock, because another transaction has locked them. */
const SKIPPED_ROWS = `
	union all
	select ord, null, null, null, null, null, true, null from input
	where chat_session_id not in (select id from locked)
		and (select true from chat_sessions where id = input.chat_session_id)`;

/**
 * Locks the chat sessions, assigns ids, inserts the messages and updates the counters. A message identical to the one being
 * answered joins that turn instead of starting a new one (`is_repeat`). With `skip locked`, messages of chat sessions that
 * another transaction has locked aren't stored, and are returned as `is_locked`.
 *
 * With `claim`, the turns that the messages start are claimed under the ids in $16, and each turn is returned with its last
 * message. A turn stays due if another message is unanswered, or if the chat's last message was committed after this
 * statement's snapshot but before it locked the chat: the turn's context would be incomplete.
 */
export const createInsertStatement = (lock: '' | 'skip locked', claim = NO_CLAIM): string => `
	with input as (
		select * from unnest(
			${hideLength('$1::bigint[]')}, $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::uuid[], $7::text[], $8::uuid[],
			$9::boolean[], $10::boolean[], $11::jsonb[], $12::int[], $13::boolean[], $14::text[],
			$15::text[], $16::uuid[]
		) with ordinality as input (chat_session_id, sender, message, created_at, user_id, client_message_id,
			external_id, turn_id, is_fallback, wants_reply, quick_replies, max_visitor_messages, needs_consent, booking_url,
			author_name, claim_id, ord)
	), locked as (
		select id, completion_status, visitor_message_count, last_visitor_message_id, answered_through_id, turn_id,
			site_id, channel = 'web' and consent_version is null as lacks_consent, ai_paused, is_awaiting_reply,
			last_message_id
		from chat_sessions
		where id in (select chat_session_id from input) order by id for no key update ${lock}
	), numbered as (
		select ${NEXT_MESSAGE_ID} as id, sorted.* from (
			select input.*, locked.completion_status = 'abandoned' as was_abandoned, locked.turn_id as running_id,
				locked.turn_id is not null and input.wants_reply and coalesce(input.message = answering.message
					and input.created_at < answering.created_at + interval '10 seconds', false) as is_repeat
			from input join locked on locked.id = input.chat_session_id
			left join messages answering on answering.id = locked.last_visitor_message_id
				and answering.id = locked.answered_through_id
			where (input.max_visitor_messages is null or locked.visitor_message_count < input.max_visitor_messages)
				and not (input.needs_consent and locked.lacks_consent and coalesce(
					(select (consent -> 'is_required')::boolean from sites where id = locked.site_id), false))
			order by input.ord
		) sorted
	), stored as (
		insert into messages (id, chat_session_id, sender, message, created_at, user_id, client_message_id,
			external_id, turn_id, is_fallback, quick_replies, booking_url, author_name)
		overriding system value
		select id, chat_session_id, sender, message, created_at, user_id, client_message_id, external_id, turn_id,
			is_fallback, case when quick_replies = '[]' then '{}' else array(select jsonb_array_elements_text(quick_replies)) end,
			booking_url, author_name
		from numbered order by ord
		on conflict do nothing
		returning id, chat_session_id, sender, message, created_at
	), counted as (
		select distinct on (stored.chat_session_id) stored.*,
			(count(*) over chat)::int as total,
			(count(*) filter (where stored.sender = 'visitor') over chat)::int as by_visitor,
			(count(*) filter (where stored.sender = 'ai') over chat)::int as by_ai,
			max(stored.id) filter (where stored.sender = 'visitor') over chat as last_visitor_id,
			max(stored.created_at) over chat as last_at,
			bool_or(numbered.wants_reply and not numbered.is_repeat) over chat as wants_reply,
			bool_and(numbered.is_repeat) over chat as is_repeat, max(numbered.running_id::text) over chat as running_id,
			max(numbered.claim_id::text) over chat as claim_id, bool_and(numbered.wants_reply) over chat as is_due
		from stored join numbered on numbered.id = stored.id
		window chat as (partition by stored.chat_session_id) order by stored.chat_session_id, stored.id desc
	), claimable as (
		select counted.chat_session_id, counted.claim_id::uuid, locked.answered_through_id as after_id
		from counted join locked on locked.id = counted.chat_session_id
		where counted.claim_id is not null and counted.is_due and not counted.is_repeat
			and locked.turn_id is null and not locked.ai_paused and not locked.is_awaiting_reply
			and coalesce(locked.last_visitor_message_id, 0) <= coalesce(locked.answered_through_id, 0)
			and (locked.last_message_id is null or exists (select from messages where id = locked.last_message_id))
	), updated as (
		update chat_sessions as session set
			message_count = session.message_count + counted.total,
			visitor_message_count = session.visitor_message_count + counted.by_visitor,
			ai_message_count = session.ai_message_count + counted.by_ai,
			${setLastMessage('counted')},
			last_activity_at = greatest(session.last_activity_at, counted.last_at),
			last_visitor_message_id = coalesce(counted.last_visitor_id, session.last_visitor_message_id),
			answered_through_id = case when counted.is_repeat or claimable.claim_id is not null then counted.last_visitor_id
				else session.answered_through_id end,
			is_awaiting_reply = claimable.claim_id is null
				and (session.is_awaiting_reply or (counted.wants_reply and not session.ai_paused)),
			${claim.assignments}
			completion_status = case when session.completion_status = 'abandoned' and counted.by_visitor > 0
				then 'in_progress' else session.completion_status end
		from counted left join claimable on claimable.chat_session_id = counted.chat_session_id
		where session.id = counted.chat_session_id
		returning session.id, session.site_id, session.is_awaiting_reply, session.arm, session.challenger_id,
			claimable.claim_id, claimable.after_id, counted.id as through_id ${claim.columns}
	), answered as (
		update ai_turns t set message_id = counted.last_visitor_id
		from counted where counted.is_repeat and t.turn_id = counted.running_id::uuid
	), due as (
		insert into statistics_due (chat_session_id)
		select id from locked where completion_status <> 'in_progress'
	), ${claim.ctes}
	select numbered.ord, numbered.id, numbered.was_abandoned, updated.site_id,
		case when updated.arm = 'challenger' then updated.challenger_id end as challenger_id,
		updated.is_awaiting_reply, false as is_locked, turns.turn
	from numbered join stored on stored.id = numbered.id join updated on updated.id = numbered.chat_session_id
		left join turns on turns.through_id = numbered.id ${lock && SKIPPED_ROWS}`;
