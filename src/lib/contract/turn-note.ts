import { z } from 'zod';

/** A key or value of an answer that could not be used. The answer itself counts. */
export const turnNote = z
	.object({
		/** `unknown` for a key that Frontdesk doesn't know, `rejected` for an unusable value of a known one. */
		kind: z.enum(['unknown', 'rejected']),
		/** Where it was in the answer, such as `lead.email`. */
		path: z.string(),
		/** The beginning of the value. */
		value: z.string(),
		message: z.string(),
	})
	.meta({ id: 'TurnNote' });
export type TurnNote = z.infer<typeof turnNote>;

/** The length of the `version` that an answer may name. */
export const MAX_VERSION_LENGTH = 64;

/** The number of notes kept per turn. */
export const MAX_TURN_NOTES = 20;
