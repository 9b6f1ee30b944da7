import { z } from 'zod';
import { timestamp } from './common.ts';
import { sessionFilter } from './session.ts';
import { trimmedString } from './text.ts';

/** Days back from now that the inbox can show; unlike `from` and `to` they move along. */
const days = z.coerce.number().int().min(1).max(365);

/** What the inbox shows, in the names that its address, the API and saved filters share. */
export const inboxFilter = sessionFilter.extend({ days: days.optional() });

/** A filter of the inbox that a user keeps under a name; nobody else sees it. */
export const savedFilter = z
	.object({
		id: z.number().int(),
		name: z.string(),
		filter: inboxFilter,
		created_at: timestamp,
	})
	.meta({ id: 'SavedFilter' });
export type SavedFilter = z.infer<typeof savedFilter>;

const name = trimmedString(60);

export const savedFilterInput = z
	.strictObject({ name, filter: inboxFilter })
	.meta({ id: 'SavedFilterInput' });
export type SavedFilterInput = z.input<typeof savedFilterInput>;

export const savedFilterPatch = z
	.strictObject({ name: name.optional(), filter: inboxFilter.optional() })
	.refine((patch) => Object.keys(patch).length > 0, 'nothing to change')
	.meta({ id: 'SavedFilterPatch' });
export type SavedFilterPatch = z.input<typeof savedFilterPatch>;
