import { z } from 'zod';
import { qaStatus, sessionId, timestamp } from './common.ts';
import { REVIEW_REASONS } from './constants.ts';
import { cleanString } from './text.ts';

const reviewReason = z.enum(REVIEW_REASONS);
export type ReviewReason = z.infer<typeof reviewReason>;

/** One quality-assurance decision on a chat session. */
export const review = z
	.object({
		id: z.number().int(),
		from_status: qaStatus,
		qa_status: qaStatus,
		reasons: z.array(reviewReason),
		notes: z.string().nullable(),
		developer_feedback: z.string().nullable(),
		/** The answer that the AI should have given. */
		expected: z.string().nullable(),
		/** The message with the issue, if one was pinned. */
		message_id: z.number().int().nullable(),
		/** The name of the user or API key. */
		reviewer: z.string(),
		/** Null for API keys and deleted users. */
		reviewer_id: z.number().int().nullable(),
		created_at: timestamp,
	})
	.meta({ id: 'Review' });
export type Review = z.infer<typeof review>;

export const reviewInput = z
	.strictObject({
		qa_status: qaStatus,
		/** Without duplicates. */
		reasons: z
			.array(reviewReason)
			.max(REVIEW_REASONS.length)
			.refine((reasons) => new Set(reasons).size === reasons.length, 'list each reason once')
			.optional(),
		notes: cleanString(4000).optional(),
		developer_feedback: cleanString(4000).optional(),
		/** The answer that the AI should have given, instead of the message with the issue. */
		expected: cleanString(4000).optional(),
		/** The message with the issue, which must belong to this chat session. */
		message_id: z.number().int().positive().nullable().optional(),
	})
	.meta({ id: 'ReviewInput' });
export type ReviewInput = z.infer<typeof reviewInput>;

/** Reserves a chat session for one reviewer until a time. */
export const reviewLock = z
	.object({
		session_id: sessionId,
		reviewer: z.object({ id: z.number().int(), name: z.string() }),
		until: timestamp,
	})
	.meta({ id: 'ReviewLock' });
export type ReviewLock = z.infer<typeof reviewLock>;

/** The new lock of a chat session, or null if it was released. */
export const reviewLockChange = z.object({ session_id: sessionId, lock: reviewLock.nullable() });
