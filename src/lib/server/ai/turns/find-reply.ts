import { z } from 'zod';
import type { CompletionStatus } from '#lib/contract/common.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { executePrepared } from '#lib/server/core/db/prepared.ts';

const answer = z.object({
	completion_status: z.custom<CompletionStatus>((value) => typeof value === 'string'),
	ai_paused: z.boolean(),
	is_answered: z.boolean(),
	id: z.coerce.number().nullable(),
	message: z.string().nullable(),
	created_at: z.coerce.date().nullable(),
	is_fallback: z.boolean().nullable(),
	quick_replies: z.array(z.string()).nullable(),
});
export type Answer = z.infer<typeof answer>;

/** $1 the chat session's public id, $2 the visitor message, null for the start of the chat. */
const FIND_REPLY = `
	select s.completion_status, s.ai_paused, t.id is not null as is_answered,
		m.id, m.message, m.created_at, m.is_fallback, m.quick_replies
	from chat_sessions s
	left join lateral (
		select id, turn_id from ai_turns t where t.chat_session_id = s.id and t.finished_at is not null
			and ($2::bigint is null or t.message_id >= $2::bigint)
		order by t.id limit 1
	) t on true
	left join messages m on m.turn_id = t.turn_id
	where s.public_id = $1::text`;

/**
 * Returns the reply of the turn that answered this visitor message, or of the first turn when `messageId` is null; a
 * visitor who writes before the greeting gets an answer instead of it.
 */
export async function findReply(
	ctx: Ctx,
	sessionId: string,
	messageId: number | null,
): Promise<Answer | undefined> {
	const rows = await executePrepared(ctx.db, 'find_reply', FIND_REPLY, [sessionId, messageId]);
	return z.array(answer).parse(rows)[0];
}
