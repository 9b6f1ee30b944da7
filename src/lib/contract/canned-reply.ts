import { z } from 'zod';
import { person } from './session.ts';
import { timestamp } from './common.ts';
import { messageText, trimmedString } from './text.ts';

/** What a canned reply may leave open; the composer fills it in. */
export const CANNED_VARIABLES = ['name', 'site', 'agent'] as const;
export type CannedVariable = (typeof CANNED_VARIABLES)[number];

/** An answer that is written once and used often: everybody's, or one user's own. */
export const cannedReply = z
	.object({
		id: z.number().int(),
		title: z.string(),
		/** `{name}`, `{site}` and `{agent}` stand for the visitor, the site and whoever sends it. */
		text: z.string(),
		/** Whose own it is; null for those of the whole team. */
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
		/** For the whole team; an admin's to decide. */
		is_shared: z.boolean().default(false),
	})
	.meta({ id: 'CannedReplyInput' });
export type CannedReplyInput = z.input<typeof cannedReplyInput>;

export const cannedReplyPatch = z
	.strictObject({ title: title.optional(), text: messageText.optional() })
	.refine((patch) => Object.keys(patch).length > 0, 'nothing to change')
	.meta({ id: 'CannedReplyPatch' });
export type CannedReplyPatch = z.infer<typeof cannedReplyPatch>;
