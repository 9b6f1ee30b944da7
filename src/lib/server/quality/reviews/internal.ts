import type { Review, ReviewLock } from '#lib/contract/review.ts';
import type { reviews } from '#lib/server/core/db/schema/index.ts';
import { conflict } from '#lib/server/core/errors.ts';

export const presentReview = (row: typeof reviews.$inferSelect): Review => ({
	id: row.id,
	from_status: row.from_status,
	qa_status: row.qa_status,
	reasons: row.reasons,
	notes: row.notes,
	developer_feedback: row.developer_feedback,
	message_id: row.message_id,
	reviewer: row.reviewer,
	reviewer_id: row.user_id,
	created_at: row.created_at.toISOString(),
});

/** No review list is counted further. */
export const MAX_COUNT = 1_000;

/** The refusal of a chat session that a colleague reviews now. */
export const isTaken = ({ reviewer }: Pick<ReviewLock, 'reviewer'>) =>
	conflict(`${reviewer.name} is reviewing this chat; choose another one`);
