import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messenger_threads } from '#lib/server/core/db/schema/index.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';

const thread = z.object({
	chat_session_id: z.coerce.number(),
	session_id: z.string(),
	name_asked_at: z.coerce.date().nullable(),
});
export type Thread = z.infer<typeof thread>;

/**
 * The chat session of a page's visitor, made when there is none; inside the transaction that handles the event, of which
 * there is one a visitor at a time.
 */
export async function ensureThread(
	ctx: Ctx,
	{ page_id, psid }: { page_id: string; psid: string },
	options: { context: VisitorContext; wants_greeting: boolean },
): Promise<Thread & { is_new: boolean }> {
	const { rows } = await ctx.db.execute(sql`
		select t.chat_session_id, s.public_id as session_id, t.name_asked_at
		from messenger_threads t join chat_sessions s on s.id = t.chat_session_id
		where t.page_id = ${page_id} and t.psid = ${psid}`);
	const [found] = z.array(thread).parse(rows);
	if (found) return { ...found, is_new: false };
	const { context, wants_greeting } = options;
	const { session } = await startSession(
		ctx,
		{ site: await siteOf(ctx, page_id), context },
		{ channel: 'messenger', wants_greeting },
	);
	await ctx.db.insert(messenger_threads).values({ page_id, psid, chat_session_id: session.id });
	const { id, session_id } = session;
	return { chat_session_id: id, session_id, name_asked_at: null, is_new: true };
}

/** The site of a page; `default` when it has none, or one that is not in use any more. */
async function siteOf(ctx: Ctx, pageId: string): Promise<string> {
	const { rows } = await ctx.db.execute(sql`
		select s.key from messenger_pages p join sites s on s.id = p.site_id and s.archived_at is null
		where p.page_id = ${pageId}`);
	const [site] = z.array(z.object({ key: z.string() })).parse(rows);
	return site?.key ?? 'default';
}
