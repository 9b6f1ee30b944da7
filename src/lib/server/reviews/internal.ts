import type { Review } from '$lib/contract/review';
import type { reviews } from '../db/schema';

export const presentReview = (row: typeof reviews.$inferSelect): Review => ({
	id: row.id,
	from_status: row.from_status,
	qa_status: row.qa_status,
	notes: row.notes,
	developer_feedback: row.developer_feedback,
	reviewer: row.reviewer,
	created_at: row.created_at.toISOString(),
});
