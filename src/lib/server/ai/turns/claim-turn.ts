import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { connectorType } from '#lib/contract/connector.ts';
import { channel } from '#lib/contract/common.ts';
import { visitorContext } from '#lib/contract/visitor-context.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { executePrepared } from '#lib/server/core/db/prepared.ts';
import { getSite, greetingOf } from '#lib/server/sites/index.ts';
import { LEASE_SECONDS, type Turn } from './turn';

const claimed = z.object({
	session_id: z.string(),
	site_id: z.coerce.number(),
	channel,
	context: visitorContext,
	greeting_variant: z.string().nullable(),
	connector: connectorType,
	turn_id: z.string(),
	through_id: z.coerce.number().nullable(),
	words: z.array(z.string()),
});

/** What the visitor wrote after one message (alias x), up to another: at most 200 messages, in their order. */
const WORDS = `(select coalesce(json_agg(m.message order by m.id), '[]') from (
	select id, message from messages where chat_session_id = x.id and sender = 'visitor'
		and id > coalesce(x.after_id, 0) and id <= x.through_id order by id limit 200) m) as words`;

/** $1 the chat session, $2 the turn's id, $3 seconds of its lease. Only who changes the row goes on. */
const CLAIM = `
	with due as (
		select s.id, s.answered_through_id as after_id, nullif(s.last_visitor_message_id, s.answered_through_id) as through_id
		from chat_sessions s
		where s.id = $1::bigint and s.is_awaiting_reply and not s.ai_paused and s.turn_id is null
		for no key update
	), claimed as (
		update chat_sessions s set is_awaiting_reply = false, turn_id = $2::uuid,
			turn_lease_until = now() + make_interval(secs => $3::float8),
			answered_through_id = coalesce(s.last_visitor_message_id, s.answered_through_id)
		from due where s.id = due.id
		returning s.id, s.public_id, s.site_id, s.channel, s.context, s.greeting_variant, s.turn_id, due.after_id, due.through_id
	), noted as (
		insert into ai_turns (turn_id, chat_session_id, site_id, is_test, action, connector, after_message_id, message_id)
		select c.turn_id, c.id, c.site_id, c.channel = 'test', case when c.through_id is null then 'start' else 'message' end,
			site.connector ->> 'type', c.after_id, c.through_id
		from claimed c join sites site on site.id = c.site_id
		returning turn_id, connector
	)
	select x.public_id as session_id, x.site_id, x.channel, x.context, x.greeting_variant, n.connector, x.turn_id,
		x.through_id, ${WORDS}
	from claimed x join noted n on n.turn_id = x.turn_id`;

/**
 * Takes up the answer that a chat session is owed, for this process alone; undefined when there is none, when a person
 * has taken over, or when a turn is running already.
 */
export async function claimTurn(ctx: Ctx, chatSessionId: number): Promise<Turn | undefined> {
	const values = [chatSessionId, randomUUID(), LEASE_SECONDS];
	const rows = await executePrepared(ctx.db, 'claim_turn', CLAIM, values);
	const [row] = z.array(claimed).parse(rows);
	return row && describeTurn(ctx, chatSessionId, row);
}

const interrupted = claimed.extend({
	first_byte_at: z.coerce.date().nullable(),
	tries: z.number(),
});

/**
 * Takes up a turn whose process died: the same turn once more, by its id. `mayCall` is false when the AI had begun to
 * answer, or was called too often: calling it again could do its work twice.
 */
export async function reclaimTurn(
	ctx: Ctx,
	chatSessionId: number,
): Promise<{ turn: Turn; mayCall: boolean } | undefined> {
	const { rows } = await ctx.db.execute(sql`
		with lapsed as (
			update chat_sessions s set turn_lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
			where s.id = ${chatSessionId} and s.turn_id is not null and s.turn_lease_until < now()
			returning s.id, s.public_id, s.site_id, s.channel, s.context, s.greeting_variant, s.turn_id
		), x as (
			update ai_turns t set tries = t.tries + 1 from lapsed l where t.turn_id = l.turn_id
			returning l.id, l.public_id as session_id, l.site_id, l.channel, l.context, l.greeting_variant, t.connector, t.turn_id,
				t.after_message_id as after_id, t.message_id as through_id, t.first_byte_at, t.tries
		)
		select x.*, ${sql.raw(WORDS)} from x`);
	const [row] = z.array(interrupted).parse(rows);
	if (!row) return undefined;
	const mayCall = row.tries <= 3 && (row.connector === 'scripted' || row.first_byte_at === null);
	return { turn: await describeTurn(ctx, chatSessionId, row), mayCall };
}

async function describeTurn(
	ctx: Ctx,
	chat_session_id: number,
	row: z.infer<typeof claimed>,
): Promise<Turn> {
	const site = await getSite(ctx, { id: row.site_id });
	return {
		turn_id: row.turn_id,
		chat_session_id,
		session_id: row.session_id,
		is_test: row.channel === 'test',
		action: row.through_id === null ? 'start' : 'message',
		connector: row.connector,
		site: { ...site, greeting: greetingOf(site, row.greeting_variant) },
		context: row.context,
		message: joined(row.words),
		message_id: row.through_id,
	};
}

/** Each message a line of its own, what was sent twice once. */
const joined = (words: string[]) =>
	words.filter((message, at) => message !== words[at - 1]).join('\n');
