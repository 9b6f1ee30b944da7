import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';

const BATCH_SIZE = 200;

/**
 * A stable pseudorandom number from 0 to 99 per chat session: a multiplicative hash of its ID. A larger sample therefore
 * contains every smaller one.
 */
const SAMPLE_NUMBER = sql`((s.id % 2147483648) * 2654435761 % 4294967296) * 100 / 4294967296`;

/** The condition that an AI call failed or a fallback reply was sent. */
const FAILED_CONDITION = sql`(exists (select 1 from ai_turns t where t.chat_session_id = s.id
		and t.finished_at is not null and t.outcome not in ('ok', 'dropped'))
	or exists (select 1 from messages m where m.chat_session_id = s.id and m.is_fallback))`;

const decisionRows = z.array(z.object({ public_id: z.string(), is_queued: z.boolean() }));

/**
 * Adds ended chat sessions to the review queue: every complete one, every one in which the AI failed, and a sample of the
 * rest by the site's percentage. Returns how many were added. Each chat session is decided once, or again after new activity,
 * so concurrent and repeated runs are safe. Doesn't check permissions.
 */
export async function enqueueReviews(ctx: Ctx): Promise<number> {
	let count = 0;
	for (;;) {
		const decisions = await decideBatch(ctx);
		count += decisions.filter(({ is_queued }) => is_queued).length;
		if (decisions.length < BATCH_SIZE) return count;
	}
}

/** Decides on one batch of chat sessions. Uses the index chat_sessions_review_due, which excludes test chats. */
function decideBatch(ctx: Ctx) {
	const now = ctx.app.clock().toISOString();
	return inTransaction(ctx, async (tx) => {
		const { rows } = await tx.db.execute(sql`
			with due as (
				select id from chat_sessions
				where review_queued_at is null and qa_status = 'unchecked' and channel <> 'test' and (completion_status = 'complete'
					or (completion_status = 'abandoned' and (review_drawn_at is null or review_drawn_at < last_activity_at)))
				order by id limit ${BATCH_SIZE} for no key update skip locked
			), decided as (
				select s.id, case when ${FAILED_CONDITION} then 'failed'
					when s.completion_status = 'complete' then 'complete'
					when ${SAMPLE_NUMBER} < site.review_sample_percent then 'sampled' end as because
				from chat_sessions s join sites site on site.id = s.site_id where s.id in (select id from due)
			)
			update chat_sessions s set review_drawn_at = greatest(${now}::timestamptz, s.last_activity_at),
				review_queued_at = case when d.because is not null then ${now}::timestamptz end,
				review_queued_because = d.because
			from decided d where s.id = d.id
			returning s.public_id, d.because is not null as is_queued`);
		const decisions = decisionRows.parse(rows);
		for (const { public_id, is_queued } of decisions) {
			if (is_queued) await record(tx, 'review.queued', { session_id: public_id });
		}
		return decisions;
	});
}
