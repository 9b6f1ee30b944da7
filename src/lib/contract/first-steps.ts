import { z } from 'zod';

/** What a new owner has done already. */
export const firstSteps = z.object({
	has_tried_demo: z.boolean(),
	/** A visitor has chatted on a page that is not Frontdesk's own. */
	is_embedded: z.boolean(),
	/** A site's AI is more than the built-in one. */
	has_workflow: z.boolean(),
	has_team: z.boolean(),
});
export type FirstSteps = z.infer<typeof firstSteps>;
