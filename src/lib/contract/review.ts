import { z } from 'zod';
import { qaStatus, timestamp } from './common';
import { cleanString } from './text';

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
