import { z } from 'zod';
import { sessionId } from './common';

/** What a look for unnoticed completions came to. */
export const completionSync = z
	.object({
		checked: z.number().int(),
		updated: z.number().int(),
		session_ids: z.array(sessionId),
	})
	.meta({ id: 'CompletionSync' });
export type CompletionSync = z.infer<typeof completionSync>;
