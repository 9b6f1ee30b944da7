import { z } from 'zod';

/** The setup steps that a new installation has completed. */
export const firstSteps = z.object({
	has_tried_demo: z.boolean(),
	/** A visitor has chatted on a page outside Frontdesk. */
	is_embedded: z.boolean(),
	/** A site uses a connector other than the scripted AI. */
	has_workflow: z.boolean(),
	has_team: z.boolean(),
});
export type FirstSteps = z.infer<typeof firstSteps>;
