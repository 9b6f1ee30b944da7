import { z } from 'zod';
import { sessionId } from './common.ts';
import { errorCode } from './problem.ts';
import { reviewInput } from './review.ts';

/** As many chat sessions change by one call. */
export const MOST_AT_ONCE = 500;

const session_ids = z
	.array(z.union([sessionId, z.string().regex(/^\d{1,15}$/)]))
	.min(1)
	.max(MOST_AT_ONCE);

/** One act for many chat sessions. */
export const bulkInput = z
	.discriminatedUnion('act', [
		z.strictObject({ act: z.literal('archive'), session_ids }),
		z.strictObject({ act: z.literal('restore'), session_ids }),
		z.strictObject({
			act: z.literal('assign'),
			session_ids,
			/** A user's id, or null for nobody. */
			assignee: z.number().int().positive().nullable(),
		}),
		z.strictObject({
			act: z.literal('review'),
			session_ids,
			...reviewInput.omit({ message_id: true }).shape,
		}),
		/** For good; admins only. */
		z.strictObject({ act: z.literal('delete'), session_ids }),
	])
	.meta({ id: 'BulkInput' });
export type BulkInput = z.infer<typeof bulkInput>;

/** What became of each: one that is refused does not hold up the others. */
export const bulkResult = z
	.object({
		done: z.array(z.string()),
		refused: z.array(z.object({ session_id: z.string(), code: errorCode, message: z.string() })),
	})
	.meta({ id: 'BulkResult' });
export type BulkResult = z.infer<typeof bulkResult>;
