import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';

const list = z.array(z.record(z.string(), z.unknown()));
const held = z.object({
	pages: list,
	greeting_variant: z.string().nullable(),
	messenger: z.record(z.string(), z.unknown()).nullable(),
	deliveries: list,
	mails: list,
	turns: list,
	errors: list,
	activity: list,
});
export type Held = z.infer<typeof held>;

/** No chat has more of a kind, but by intent; the newest are given. */
const MOST = 1_000;

/** What is held of a chat session beside what its own export has. Read by the index that each table has on it. */
export async function findHeld(ctx: Ctx, id: number): Promise<Held | undefined> {
	const all = (columns: string, table: string) => sql`coalesce((
		select json_agg(x order by x.id) from (
			select ${sql.raw(columns)} from ${sql.identifier(table)} where chat_session_id = ${id} order by id desc limit ${MOST}
		) x), '[]')`;
	const { rows } = await ctx.db.execute(sql`
		select s.pages, s.greeting_variant,
			(select json_build_object('page_id', t.page_id, 'psid', t.psid) from messenger_threads t
				where t.chat_session_id = s.id) as messenger,
			${all('id, event, status, created_at, delivered_at, body', 'deliveries')} as deliveries,
			${all('id, template, "to", subject, text, status, created_at, sent_at', 'mails')} as mails,
			${all('id, action, connector, started_at, finished_at, outcome, execution_id', 'ai_turns')} as turns,
			${all('id, workflow, node, message, stack, execution_id, created_at', 'automation_errors')} as errors,
			${all('id, action, actor_type, actor_name, detail, created_at', 'audit_entries')} as activity
		from chat_sessions s where s.id = ${id}`);
	return z.array(held).parse(rows)[0];
}
