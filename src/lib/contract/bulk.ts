import { z } from 'zod';
import { sessionId } from './common.ts';
import { outcomeInput } from './outcome.ts';
import { errorCode } from './problem.ts';
import { reviewInput } from './review.ts';

/** The number of chat sessions that one call can change. */
export const MAX_BULK_SESSIONS = 500;

const session_ids = z
	.array(z.union([sessionId, z.string().regex(/^\d{1,15}$/)]))
	.min(1)
	.max(MAX_BULK_SESSIONS);

/** One action on many chat sessions. */
export const bulkInput = z
	.discriminatedUnion('act', [
		z.strictObject({ act: z.literal('archive'), session_ids }),
		z.strictObject({ act: z.literal('restore'), session_ids }),
		z.strictObject({
			act: z.literal('assign'),
			session_ids,
			/** A user's id, or null to unassign. */
			assignee: z.number().int().positive().nullable(),
		}),
		z.strictObject({
			act: z.literal('review'),
			session_ids,
			...reviewInput.omit({ message_id: true }).shape,
		}),
		/** Requires `leads:write` as well. */
		z.strictObject({ act: z.literal('outcome'), session_ids, outcome: outcomeInput }),
		/** Permanent; requires an admin. */
		z.strictObject({ act: z.literal('delete'), session_ids }),
	])
	.meta({ id: 'BulkInput' });
export type BulkInput = z.infer<typeof bulkInput>;

/** The result for each chat session. A refusal does not affect the others. */
export const bulkResult = z
	.object({
		done: z.array(z.string()),
		refused: z.array(z.object({ session_id: z.string(), code: errorCode, message: z.string() })),
	})
	.meta({ id: 'BulkResult' });
export type BulkResult = z.infer<typeof bulkResult>;
