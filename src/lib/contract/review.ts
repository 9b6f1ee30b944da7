import { z } from 'zod';
import { qaStatus, sessionId, timestamp, type QaStatus } from './common.ts';
import { cleanString } from './text.ts';

/** Which review states follow which; a reset to `unchecked` is an admin's. */
export const REVIEW_MOVES: Record<QaStatus, readonly QaStatus[]> = {
	unchecked: ['passed', 'issue'],
	passed: ['issue', 'unchecked'],
	issue: ['fixed', 'unchecked'],
	fixed: ['passed', 'issue', 'unchecked'],
};

/** What can be wrong with a chat session; the notes say it in words. */
export const reviewReason = z.enum([
	'wrong_information',
	'asked_twice',
	'missed_field',
	'too_pushy',
	'wrong_language',
	'ended_early',
	'other',
]);
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
		/** The message that it is about, when one was pinned. */
		message_id: z.number().int().nullable(),
		/** Who decided: a user's name, or the API key's. */
		reviewer: z.string(),
		/** The user's id; null for an API key, or when the user is gone. */
		reviewer_id: z.number().int().nullable(),
		created_at: timestamp,
	})
	.meta({ id: 'Review' });
export type Review = z.infer<typeof review>;

export const reviewInput = z
	.strictObject({
		qa_status: qaStatus,
		/** At most once each. */
		reasons: z
			.array(reviewReason)
			.max(reviewReason.options.length)
			.refine((reasons) => new Set(reasons).size === reasons.length, 'the same reason twice')
			.optional(),
		notes: cleanString(4000).optional(),
		developer_feedback: cleanString(4000).optional(),
		/** A message of this chat session: the one at fault. */
		message_id: z.number().int().positive().nullable().optional(),
	})
	.meta({ id: 'ReviewInput' });
export type ReviewInput = z.infer<typeof reviewInput>;

/** Who reviews a chat session now; nobody else may until then. */
export const reviewLock = z
	.object({
		session_id: sessionId,
		reviewer: z.object({ id: z.number().int(), name: z.string() }),
		until: timestamp,
	})
	.meta({ id: 'ReviewLock' });
export type ReviewLock = z.infer<typeof reviewLock>;

/** A live lock, or that a chat session has none any more. */
export const reviewLockChange = z.object({ session_id: sessionId, lock: reviewLock.nullable() });
export type ReviewLockChange = z.infer<typeof reviewLockChange>;
