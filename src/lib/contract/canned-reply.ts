import { z } from 'zod';
import { person } from './session.ts';
import { timestamp } from './common.ts';
import { messageText, trimmedString } from './text.ts';

/** Placeholders in a canned reply that the composer fills in. */
export const CANNED_VARIABLES = ['name', 'site', 'agent'] as const;
export type CannedVariable = (typeof CANNED_VARIABLES)[number];

/** A reusable answer, shared with the team or private to one user. */
export const cannedReply = z
	.object({
		id: z.number().int(),
		title: z.string(),
		/** `{name}`, `{site}` and `{agent}` are replaced by the visitor, the site and the sender. */
		text: z.string(),
		/** The user it belongs to. Null if it is shared with the team. */
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
		/** Shares it with the team; requires an admin. */
		is_shared: z.boolean().default(false),
	})
	.meta({ id: 'CannedReplyInput' });
export type CannedReplyInput = z.input<typeof cannedReplyInput>;

export const cannedReplyPatch = z
	.strictObject({ title: title.optional(), text: messageText.optional() })
	.refine((patch) => Object.keys(patch).length > 0, 'nothing to change')
	.meta({ id: 'CannedReplyPatch' });
export type CannedReplyPatch = z.infer<typeof cannedReplyPatch>;
