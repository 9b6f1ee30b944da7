import { z } from 'zod';
import { archiveStatus, sessionId, timestamp, urlInteger } from './common.ts';
import { MAX_BULK_SESSIONS } from './constants.ts';
import { outcomeInput } from './lead.ts';
import { errorCode } from './problem.ts';
import { reviewInput } from './review.ts';
import { person, sessionFilter } from './session.ts';
import { messageText, trimmedString } from './text.ts';

/** A rolling period in days, unlike the fixed `from` and `to`. */
const days = urlInteger(1, 365);

/** The inbox filter, shared by the page's URL, the API and saved filters. */
export const inboxFilter = sessionFilter.extend({
	days: days.optional(),
	/** Defaults to `active`; `any` lists both. */
	archive_status: z.enum([...archiveStatus.options, 'any']).optional(),
});

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
		/** Marks leads as contacted or not. Requires `leads:write` as well. */
		z.strictObject({ act: z.literal('contact'), session_ids, contacted: z.boolean() }),
		/** Permanent; requires an admin. */
		z.strictObject({ act: z.literal('delete'), session_ids }),
	])
	.meta({ id: 'BulkInput' });
export type BulkInput = z.infer<typeof bulkInput>;

/** The result for each chat session. Rejected ones do not affect the others. */
export const bulkResult = z
	.object({
		done: z.array(z.string()),
		refused: z.array(z.object({ session_id: z.string(), code: errorCode, message: z.string() })),
	})
	.meta({ id: 'BulkResult' });
export type BulkResult = z.infer<typeof bulkResult>;

/** A reusable answer, shared with the team or private to one user. */
export const cannedReply = z
	.object({
		id: z.number().int(),
		title: z.string(),
		/** `{name}`, `{site}` and `{agent}` are replaced by the visitor, the site and the sender. */
		text: z.string(),
		/** The user who owns the reply. Null if it is shared with the team. */
		owner: person.nullable(),
		created_at: timestamp,
		updated_at: timestamp,
	})
	.meta({ id: 'CannedReply' });
export type CannedReply = z.infer<typeof cannedReply>;

const title = trimmedString(80);

export const cannedReplyInput = z
	.strictObject({
		title,
		text: messageText,
		/** Shares the reply with the team; requires an admin. */
		is_shared: z.boolean().default(false),
	})
	.meta({ id: 'CannedReplyInput' });
export type CannedReplyInput = z.input<typeof cannedReplyInput>;

export const cannedReplyPatch = z
	.strictObject({ title: title.optional(), text: messageText.optional() })
	.refine((patch) => Object.keys(patch).length > 0, 'nothing to change')
	.meta({ id: 'CannedReplyPatch' });
export type CannedReplyPatch = z.infer<typeof cannedReplyPatch>;
