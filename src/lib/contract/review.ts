import { z } from 'zod';
import { qaStatus, timestamp, type QaStatus } from './common';
import { cleanString } from './text';

/** Which review states follow which; a reset to `unchecked` is an admin's. */
export const REVIEW_MOVES: Record<QaStatus, readonly QaStatus[]> = {
	unchecked: ['passed', 'issue'],
	passed: ['issue', 'unchecked'],
	issue: ['fixed', 'unchecked'],
	fixed: ['passed', 'issue', 'unchecked'],
};

/** One quality-assurance decision on a chat session. */
export const review = z
	.object({
		id: z.number().int(),
		from_status: qaStatus,
		qa_status: qaStatus,
		notes: z.string().nullable(),
		developer_feedback: z.string().nullable(),
		/** Who decided: a user's name, or the API key's. */
		reviewer: z.string(),
		created_at: timestamp,
	})
	.meta({ id: 'Review' });
export type Review = z.infer<typeof review>;

export const reviewInput = z
	.strictObject({
		qa_status: qaStatus,
		notes: cleanString(4000).optional(),
		developer_feedback: cleanString(4000).optional(),
	})
	.meta({ id: 'ReviewInput' });
export type ReviewInput = z.infer<typeof reviewInput>;
