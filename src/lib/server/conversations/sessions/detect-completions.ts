import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { CompletionSource } from '#lib/contract/common.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { completeSession } from './complete.ts';
import { saysCompletion } from './completion-phrase.ts';

const PAGE = 200;

const candidate = z.object({
	id: z.coerce.number(),
	session_id: z.string(),
	phrases: z.array(z.string()),
	said: z.array(z.string()),
});

/**
 * Looks through the AI's messages of open chat sessions for a completion that nobody noticed, a page at a time.
 * Fallback replies do not count: they are not the AI's words.
 */
export async function detectCompletions(
	ctx: Ctx,
	options: { source: CompletionSource; where: SQL },
): Promise<{ checked: number; session_ids: string[] }> {
	let after = 0;
	let checked = 0;
	const session_ids: string[] = [];
	for (;;) {
		const page = await openSessions(ctx, options.where, after);
		for (const row of page) {
			after = row.id;
			checked += 1;
			if (!row.said.some((text) => saysCompletion(text, row.phrases))) continue;
			const source = options.source;
			if (await completeSession(ctx, { chat_session_id: row.id, source }))
				session_ids.push(row.session_id);
		}
		if (page.length < PAGE) return { checked, session_ids };
	}
}

async function openSessions(ctx: Ctx, where: SQL, after: number) {
	const result = await ctx.db.execute(sql`
		select s.id, s.public_id as session_id, site.completion_phrases as phrases, said.said
		from chat_sessions s join sites site on site.id = s.site_id
		cross join lateral (
			select coalesce(array_agg(m.message), '{}') as said from messages m
			where m.chat_session_id = s.id and m.sender = 'ai' and not m.is_fallback
		) said
		where s.completion_status <> 'complete' and s.id > ${after} and ${where}
		order by s.id limit ${PAGE}`);
	return z.array(candidate).parse(result.rows);
}
