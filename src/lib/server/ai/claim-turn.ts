import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { connectorType } from '$lib/contract/connector';
import { channel } from '$lib/contract/common';
import { visitorContext } from '$lib/contract/visitor-context';
import type { Ctx } from '../context';
import { getSite, greetingOf } from '../sites';
import { LEASE_SECONDS, type Turn } from './turn';

const claimed = z.object({
	session_id: z.string(),
	site_id: z.coerce.number(),
	channel,
	context: visitorContext,
	greeting_variant: z.string().nullable(),
	connector: connectorType,
	turn_id: z.string(),
	after_id: z.coerce.number().nullable(),
	through_id: z.coerce.number().nullable(),
});

/**
 * Takes up the answer that a chat session is owed, for this process alone; undefined when there is none, when a person
 * has taken over, or when a turn is running already.
 */
export async function claimTurn(ctx: Ctx, chatSessionId: number): Promise<Turn | undefined> {
	const { rows } = await ctx.db.execute(sql`
		with due as (
			select s.id, s.answered_through_id as after_id, nullif(s.last_visitor_message_id, s.answered_through_id) as through_id
			from chat_sessions s
			where s.id = ${chatSessionId} and s.is_awaiting_reply and not s.ai_paused and s.turn_id is null
			for no key update
		), claimed as (
			update chat_sessions s set is_awaiting_reply = false, turn_id = ${randomUUID()}::uuid,
				turn_lease_until = now() + make_interval(secs => ${LEASE_SECONDS}),
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
		select c.public_id as session_id, c.site_id, c.channel, c.context, c.greeting_variant, n.connector, c.turn_id, c.after_id, c.through_id
		from claimed c join noted n on n.turn_id = c.turn_id`);
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
			returning s.public_id, s.site_id, s.channel, s.context, s.greeting_variant, s.turn_id
		)
		update ai_turns t set tries = t.tries + 1 from lapsed l where t.turn_id = l.turn_id
		returning l.public_id as session_id, l.site_id, l.channel, l.context, l.greeting_variant, t.connector, t.turn_id,
			t.after_message_id as after_id, t.message_id as through_id, t.first_byte_at, t.tries`);
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
	const [site, message] = await Promise.all([
		getSite(ctx, { id: row.site_id }),
		row.through_id === null ? '' : visitorWords(ctx, chat_session_id, row.after_id, row.through_id),
	]);
	return {
		turn_id: row.turn_id,
		chat_session_id,
		session_id: row.session_id,
		is_test: row.channel === 'test',
		action: row.through_id === null ? 'start' : 'message',
		connector: row.connector,
		site: { ...site, greeting: greetingOf(site, row.greeting_variant) },
		context: row.context,
		message,
		message_id: row.through_id,
	};
}

/** What the visitor wrote after one message, up to another; each message a line of its own, what was sent twice once. */
async function visitorWords(
	ctx: Ctx,
	chatSessionId: number,
	after: number | null,
	through: number,
): Promise<string> {
	const { rows } = await ctx.db.execute(sql`
		select message from messages where chat_session_id = ${chatSessionId} and sender = 'visitor'
			and id > ${after ?? 0} and id <= ${through} order by id limit 200`);
	return z
		.array(z.object({ message: z.string() }))
		.parse(rows)
		.map((row) => row.message)
		.filter((message, at, all) => message !== all[at - 1])
		.join('\n');
}
