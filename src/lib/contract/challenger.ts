import { z } from 'zod';

/** Which AI a chat was assigned to. `returned`: it began with the challenger, and the guard returned it to the champion. */
export const arm = z.enum(['champion', 'challenger', 'returned']);
export type Arm = z.infer<typeof arm>;

/** Why a trial ended: `failures` and `suite` are decisions of the guard. */
export const challengerEnd = z.enum(['stopped', 'replaced', 'promoted', 'failures', 'suite']);
export type ChallengerEnd = z.infer<typeof challengerEnd>;

/** What the guard saw. */
export const challengerEndDetail = z.object({
	/** The last failure, or both pass rates, for people. */
	text: z.string(),
	suite_run_id: z.number().int().optional(),
});
export type ChallengerEndDetail = z.infer<typeof challengerEndDetail>;
