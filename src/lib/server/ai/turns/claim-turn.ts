import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { connectorType } from '#lib/contract/connector.ts';
import { channel } from '#lib/contract/common.ts';
import { visitorContext } from '#lib/contract/visitor-context.ts';
import { createInsertStatement } from '#lib/server/conversations/messages/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { executePrepared } from '#lib/server/core/db/transaction.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';
import { getGreeting } from '#lib/server/sites/unchecked.ts';
import { ANSWERING_AI } from '../challengers/unchecked.ts';
import { LEASE_SECONDS } from './leases.ts';
import {
	historyRowSchema,
	MAX_HISTORY_BYTES,
	MAX_HISTORY_MESSAGES,
	toRecentHistory,
} from './recent-history.ts';
import type { Turn } from './turn.ts';

const claimedTurnSchema = z.object({
	session_id: z.string(),
	site_id: z.coerce.number(),
	site_version: z.string(),
	channel,
	context: visitorContext,
	greeting_variant: z.string().nullable(),
	completion_claimed: z.boolean(),
	handoff_missed: z.boolean(),
	is_rescue: z.boolean(),
	previous_turn_failed: z.boolean(),
	connector: connectorType,
	settings: z.custom<ConnectorSettings>(Boolean),
	challenger_id: z.coerce.number().nullable(),
	is_newly_returned: z.boolean(),
	turn_id: z.string(),
	through_id: z.coerce.number().nullable(),
	messages: z.array(z.string()),
	lead: z.record(z.string(), z.string()),
	history: z.array(historyRowSchema),
});

/** A claimed turn; `turn_id` is null if a turn is due but its messages weren't visible yet. */
const claimResultSchema = z.union([claimedTurnSchema, z.object({ turn_id: z.null() })]);

/** After this many attempts that saw none of the pending messages, the turn is left to recovery. */
const MAX_CLAIM_ATTEMPTS = 5;
/** The maximum number of visitor messages per turn; the next turn answers the rest. */
const MAX_MESSAGES = 200;

/**
 * Columns with the AI's context for the chat of row `x`, in the statement that claims its turn: whether the previous turn
 * failed, the lead's known values, and the newest messages, newest first, without visitor messages that this turn or a later
 * one answers. The scripted connector reads the whole chat itself.
 */
const CONTEXT_COLUMNS = `
	coalesce((
		select t.outcome not in ('ok', 'dropped') from ai_turns t
		where t.chat_session_id = x.id and t.turn_id <> x.turn_id and t.finished_at is not null order by t.id desc limit 1
	), false) as previous_turn_failed,
	coalesce((
		select l.answers || jsonb_strip_nulls(jsonb_build_object('name', l.name, 'email', l.email, 'phone', l.phone,
			'company', l.company))
		from leads l where l.chat_session_id = x.id
	), '{}') as lead,
	case when x.connector = 'scripted' then '[]' else coalesce((
		select json_agg(h) from (
			select m.id, m.sender, coalesce(u.name, m.author_name) as name, left(m.message, ${MAX_HISTORY_BYTES}) as message, m.created_at
			from messages m left join users u on u.id = m.user_id
			where m.chat_session_id = x.id and m.sender <> 'system'
				and not (m.sender = 'visitor' and m.id > coalesce(x.after_id, 0))
			order by m.id desc limit ${MAX_HISTORY_MESSAGES}
		) h
	), '[]') end as history`;

/** The condition that the built-in AI answers chat `c` of `site` instead of the chosen AI, `ai`. */
const IS_RESCUE = `ai.settings ->> 'type' <> 'scripted' and c.channel <> 'test'
	and (c.is_rescued or ai.challenger_id is null and site.ai_down_since is not null)`;

/** A CTE that records the turns of the CTE `claimed`. */
const LOG_TURNS = `logged as (
		insert into ai_turns (turn_id, chat_session_id, site_id, is_test, is_rescue, action, connector, challenger_id,
			after_message_id, message_id)
		select c.turn_id, c.id, c.site_id, c.channel = 'test', c.is_rescue,
			case when c.through_id is null then 'start' else 'message' end,
			case when c.is_rescue then 'scripted' else c.settings ->> 'type' end,
			case when not c.is_rescue and c.channel <> 'test' then c.answering_id end, c.after_id, c.through_id
		from claimed c
		returning turn_id, connector, challenger_id
	)`;

/** Selects the recorded turns of `claimed`, as the row `x` of `CONTEXT_COLUMNS`. */
const SELECT_LOGGED_TURNS = `
	select c.id, c.public_id as session_id, c.site_id, c.site_version, c.channel, c.context, c.greeting_variant,
		c.completion_claimed, c.handoff_missed, c.is_rescue, n.connector, c.settings, n.challenger_id, c.is_newly_returned, n.turn_id, c.after_id,
		c.through_id, c.messages
	from claimed c join logged n on n.turn_id = c.turn_id`;

/**
 * Claims a chat session's pending turn. Parameters: $1 the chat session, $2 the turn's ID, $3 the lease in seconds.
 *
 * The statement may wait for the row's lock. Postgres then rereads that row but keeps its snapshot of everything else:
 * messages committed since then count in `last_visitor_message_id` but can't be read. The turn therefore answers through
 * the newest message that it has read (`batch`), and later messages stay due. If it can read none of the unanswered
 * messages, it claims nothing, and the caller repeats the statement with a fresh snapshot.
 */
const CLAIM = `
	with due as (
		select c.id, c.answered_through_id as after_id, site.xmin::text as site_version,
			coalesce(c.last_visitor_message_id, 0) > coalesce(c.answered_through_id, 0) as has_messages,
			ai.settings, ai.challenger_id, ai.is_newly_returned, ${IS_RESCUE} as is_rescue
		from chat_sessions c join sites site on site.id = c.site_id cross join lateral (${ANSWERING_AI}) ai
		where c.id = $1::bigint and c.is_awaiting_reply and not c.ai_paused and c.turn_id is null
		for no key update of c
	), batch as (
		select max(m.id) as through_id, coalesce(json_agg(m.message order by m.id), '[]') as messages
		from due cross join lateral (
			select id, message from messages
			where chat_session_id = due.id and sender = 'visitor' and id > coalesce(due.after_id, 0)
			order by id limit ${MAX_MESSAGES}
		) m
	), claimed as (
		update chat_sessions s set turn_id = $2::uuid, turn_lease_until = now() + make_interval(secs => $3::float8),
			is_awaiting_reply = coalesce(s.last_visitor_message_id > batch.through_id, false),
			answered_through_id = coalesce(batch.through_id, s.answered_through_id)
		from due, batch where s.id = due.id and (batch.through_id is not null or not due.has_messages)
		returning s.id, s.public_id, s.site_id, s.channel, s.context, s.greeting_variant, s.turn_id, due.after_id,
			s.completion_claimed_at is not null as completion_claimed, s.is_handoff_missed as handoff_missed,
			batch.through_id, batch.messages, due.site_version, due.settings, due.challenger_id as answering_id,
			due.is_newly_returned, due.is_rescue
	), ${LOG_TURNS}
	select x.*, ${CONTEXT_COLUMNS} from due left join (${SELECT_LOGGED_TURNS}) x on true`;

/** Stores visitor messages and claims their turns with one statement, one round trip and one commit. */
export const INSERT_AND_CLAIM = {
	name: 'insert_and_claim',
	text: createInsertStatement('skip locked', {
		assignments: `turn_id = coalesce(claimable.claim_id, session.turn_id),
			turn_lease_until = case when claimable.claim_id is null then session.turn_lease_until
				else now() + interval '${LEASE_SECONDS} seconds' end,`,
		columns: `, session.public_id, session.channel, session.context, session.greeting_variant, session.created_at,
			session.is_rescued, session.is_handoff_missed as handoff_missed,
			session.completion_claimed_at is not null as completion_claimed`,
		ctes: `claimed as (
		select c.*, c.claim_id as turn_id, site.xmin::text as site_version, ai.settings, ai.challenger_id as answering_id,
			ai.is_newly_returned, ${IS_RESCUE} as is_rescue,
			(select json_agg(message order by id) from stored where chat_session_id = c.id) as messages
		from updated c join sites site on site.id = c.site_id cross join lateral (${ANSWERING_AI}) ai
		where c.claim_id is not null
	), ${LOG_TURNS}, turns as (
		select x.through_id, to_jsonb(x) as turn from (select x.*, ${CONTEXT_COLUMNS} from (${SELECT_LOGGED_TURNS}) x) x
	)`,
	}),
};

/**
 * Claims the pending turn of a chat session for this process. Returns `undefined` if none is pending, an agent has taken
 * over, or a turn is already running.
 */
export async function claimTurn(ctx: Ctx, chatSessionId: number): Promise<Turn | undefined> {
	const values = [chatSessionId, randomUUID(), LEASE_SECONDS];
	for (let attempt = 1; attempt <= MAX_CLAIM_ATTEMPTS; attempt += 1) {
		const rows = await executePrepared(ctx.db, 'claim_turn', CLAIM, values);
		const [row] = z.array(claimResultSchema).parse(rows);
		if (!row) return undefined;
		if (row.turn_id !== null) return toTurn(ctx, chatSessionId, row);
	}
	return undefined;
}

/** Parses the turn that `INSERT_AND_CLAIM` returned with a chat session's message. */
export const parseClaimedTurn = (ctx: Ctx, chatSessionId: number, row: unknown): Promise<Turn> =>
	toTurn(ctx, chatSessionId, claimedTurnSchema.parse(row));

const reclaimedTurnSchema = claimedTurnSchema.extend({
	first_byte_at: z.coerce.date().nullable(),
	tries: z.number(),
});

/** The maximum number of calls per turn, because a turn that crashes its process each time must not be retried forever. */
const MAX_CALLS = 3;

/**
 * Claims a turn whose lease has expired, under the same turn ID and with the same messages. `canCall` is false if the AI has
 * been called `MAX_CALLS` times, or had started to answer, because another call could repeat its work (the scripted
 * connector is called anyway). Returns `undefined` if the lease hasn't expired.
 */
export async function reclaimTurn(
	ctx: Ctx,
	chatSessionId: number,
): Promise<{ turn: Turn; canCall: boolean } | undefined> {
	const { rows } = await ctx.db.execute(sql`
		with expired as (
			update chat_sessions s set turn_lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
			where s.id = ${chatSessionId} and s.turn_id is not null and s.turn_lease_until < now()
			returning s.id, s.public_id, s.site_id, s.channel, s.context, s.greeting_variant, s.turn_id, s.challenger_id, s.arm,
				s.created_at, s.completion_claimed_at is not null as completion_claimed, s.is_handoff_missed as handoff_missed
		), answering as (
			select c.*, site.xmin::text as site_version, ai.settings, ai.challenger_id as answering_id, ai.is_newly_returned
			from expired c join sites site on site.id = c.site_id cross join lateral (${sql.raw(ANSWERING_AI)}) ai
		), x as (
			update ai_turns t set tries = t.tries + 1, challenger_id = case when not t.is_rescue and not t.is_test then l.answering_id end,
				connector = case when t.is_rescue then t.connector else l.settings ->> 'type' end
			from answering l where t.turn_id = l.turn_id
			returning l.id, l.public_id as session_id, l.site_id, l.site_version, l.channel, l.context, l.greeting_variant,
				l.completion_claimed, l.handoff_missed, t.is_rescue, t.connector, l.settings, t.challenger_id, l.is_newly_returned, t.turn_id,
				t.after_message_id as after_id, t.message_id as through_id, t.first_byte_at, t.tries
		)
		select x.*, (
			select coalesce(json_agg(m.message order by m.id), '[]') from messages m where m.chat_session_id = x.id
				and m.sender = 'visitor' and m.id > coalesce(x.after_id, 0) and m.id <= x.through_id
		) as messages, ${sql.raw(CONTEXT_COLUMNS)} from x`);
	const [row] = z.array(reclaimedTurnSchema).parse(rows);
	if (!row) return undefined;
	const canCall =
		row.tries <= MAX_CALLS && (row.connector === 'scripted' || row.first_byte_at === null);
	return { turn: await toTurn(ctx, chatSessionId, row), canCall };
}

async function toTurn(
	ctx: Ctx,
	chat_session_id: number,
	row: z.infer<typeof claimedTurnSchema>,
): Promise<Turn> {
	const site = await ctx.app.siteCache.get(ctx, row.site_id, row.site_version);
	return {
		turn_id: row.turn_id,
		chat_session_id,
		session_id: row.session_id,
		is_test: row.channel === 'test',
		action: row.through_id === null ? 'start' : 'message',
		channel: row.channel,
		connector: row.connector,
		site: {
			...site,
			greeting: getGreeting(site, row.greeting_variant, row.context),
			connector: row.is_rescue ? { type: 'scripted' } : row.settings,
		},
		challenger_id: row.challenger_id,
		is_newly_returned: row.is_newly_returned,
		context: row.context,
		completion_claimed: row.completion_claimed,
		handoff_missed: row.handoff_missed,
		is_rescue: row.is_rescue,
		previous_turn_failed: row.previous_turn_failed,
		message: joinMessages(row.messages),
		message_id: row.through_id,
		lead: row.lead,
		history: toRecentHistory(row.history),
	};
}

/** Joins messages with newlines, skipping consecutive duplicates. */
const joinMessages = (messages: string[]) =>
	messages.filter((message, index) => message !== messages[index - 1]).join('\n');
