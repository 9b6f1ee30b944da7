import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';

const BATCH = 200;

/** A number from 0 to 99 that a chat session always draws, spread evenly over ids; the greater the share, the more of them. */
const DRAW = sql`((s.id % 2147483648) * 2654435761 % 4294967296) * 100 / 4294967296`;

/** An AI call that went wrong, or a fallback reply in place of an answer. */
const HAS_FAILED = sql`(exists (select 1 from ai_turns t where t.chat_session_id = s.id
		and t.finished_at is not null and t.outcome not in ('ok', 'dropped'))
	or exists (select 1 from messages m where m.chat_session_id = s.id and m.is_fallback))`;

const drawn = z.array(z.object({ public_id: z.string(), is_queued: z.boolean() }));

/**
 * Puts chat sessions that have ended into the review queue: every complete one, every one where the AI failed, and of
 * the rest the share that their site samples. Looks only at what has not been decided, so that many may run it at once
 * and again. Gives how many came in. For use inside the server.
 */
export async function enqueueReviews(ctx: Ctx): Promise<number> {
	let count = 0;
	for (;;) {
		const decided = await decideBatch(ctx);
		count += decided.filter(({ is_queued }) => is_queued).length;
		if (decided.length < BATCH) return count;
	}
}

/** Takes what chat_sessions_review_due holds; test chats are never reviewed. */
function decideBatch(ctx: Ctx) {
	const now = ctx.app.clock().toISOString();
	return inTransaction(ctx, async (tx) => {
		const { rows } = await tx.db.execute(sql`
			with due as (
				select id from chat_sessions
				where review_queued_at is null and qa_status = 'unchecked' and channel <> 'test' and (completion_status = 'complete'
					or (completion_status = 'abandoned' and (review_drawn_at is null or review_drawn_at < last_activity_at)))
				order by id limit ${BATCH} for no key update skip locked
			), decided as (
				select s.id, case when ${HAS_FAILED} then 'failed'
					when s.completion_status = 'complete' then 'complete'
					when ${DRAW} < site.review_sample_percent then 'sampled' end as because
				from chat_sessions s join sites site on site.id = s.site_id where s.id in (select id from due)
			)
			update chat_sessions s set review_drawn_at = greatest(${now}::timestamptz, s.last_activity_at),
				review_queued_at = case when d.because is not null then ${now}::timestamptz end,
				review_queued_because = d.because
			from decided d where s.id = d.id
			returning s.public_id, d.because is not null as is_queued`);
		const decided = drawn.parse(rows);
		for (const { public_id, is_queued } of decided) {
			if (is_queued) await record(tx, 'review.queued', { session_id: public_id });
		}
		return decided;
	});
}
