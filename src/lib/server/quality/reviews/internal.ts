import type { Review } from '#lib/contract/review.ts';
import type { reviews } from '#lib/server/core/db/schema/index.ts';

/** Returns a review as the API, events and screens show it. */
export const presentReview = (row: typeof reviews.$inferSelect): Review => ({
	id: row.id,
	from_status: row.from_status,
	qa_status: row.qa_status,
	reasons: row.reasons,
	notes: row.notes,
	developer_feedback: row.developer_feedback,
	expected: row.expected,
	message_id: row.message_id,
	reviewer: row.reviewer,
	reviewer_id: row.user_id,
	created_at: row.created_at.toISOString(),
});
