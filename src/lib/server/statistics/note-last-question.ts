import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Question } from '#lib/contract/site.ts';
import type { Ctx } from '../core/context.ts';

const abandoned = z.object({
	questions: z.custom<Question[]>(Array.isArray),
	answered: z.array(z.string()),
	said: z.string().nullable(),
});

/** Keeps which question was open when the visitor of an abandoned chat session fell silent. */
export async function noteLastQuestion(ctx: Ctx, chatSessionId: number): Promise<void> {
	const { rows } = await ctx.db.execute(sql`
		select site.questions, (
			select m.message from messages m where m.chat_session_id = s.id and m.sender = 'ai'
			order by m.id desc limit 1
		) as said, array(
			select jsonb_object_keys(l.answers || jsonb_strip_nulls(jsonb_build_object('name', l.name,
				'email', l.email, 'phone', l.phone, 'company', l.company)))
			from leads l where l.chat_session_id = s.id
		) as answered
		from chat_sessions s join sites site on site.id = s.site_id where s.id = ${chatSessionId}`);
	const [row] = z.array(abandoned).parse(rows);
	if (!row) return;
	const key = lastQuestion(row.questions, row.said ?? '', row.answered);
	await ctx.db.execute(sql`
		update chat_sessions set last_question = ${key}
		where id = ${chatSessionId} and last_question is distinct from ${key}`);
}

const plain = (text: string) =>
	text
		.toLowerCase()
		.replace(/[^\p{L}\p{N}]+/gu, ' ')
		.trim();

/**
 * The question that the AI's last words ask, as the site puts it; an AI that puts it otherwise has reached the first
 * question without an answer. Empty when all are answered.
 */
export function lastQuestion(questions: Question[], said: string, answered: string[]): string {
	const open = questions.filter(({ key }) => !answered.includes(key));
	const words = plain(said);
	const asked = open.findLast(({ label, prompt }) =>
		[prompt ?? '', label].some((text) => plain(text).length > 8 && words.includes(plain(text))),
	);
	return (asked ?? open[0])?.key ?? '';
}
