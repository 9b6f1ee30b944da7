import { z } from 'zod';
import { timestamp } from './common.ts';
import { sessionFilter } from './session.ts';
import { trimmedString } from './text.ts';

/** A rolling period in days, unlike the fixed `from` and `to`. */
const days = z.coerce.number().int().min(1).max(365);

/** The inbox filter, shared by the page's URL, the API and saved filters. */
export const inboxFilter = sessionFilter.extend({ days: days.optional() });

/** A named inbox filter, visible only to the user who saved it. */
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
