import { z } from 'zod';
import {
	channel,
	completionStatus,
	filterText,
	flag,
	pageQuery,
	searchQuery,
	sessionId,
	timestamp,
} from './common.ts';
import { delivery, deliveryStatus } from './delivery.ts';
import { lead } from './lead.ts';
import { outcome, outcomeStage } from './outcome.ts';

/**
 * How far the lead has reached its endpoints: its first delivery (`pending`, `delivered`, `failed`), an amendment of it
 * (`update_pending`, `updated`, `update_failed`), or neither: `outdated` when values changed without an amendment,
 * `withdrawn` when the completion was undone.
 */
export const leadDeliveryState = z.enum([
	...deliveryStatus.options,
	'update_pending',
	'updated',
	'update_failed',
	'outdated',
	'withdrawn',
]);
export type LeadDeliveryState = z.infer<typeof leadDeliveryState>;

/** A lead in a list, with its chat session, latest delivery and the number of chats with the person. */
export const leadItem = lead
	.extend({
		/** The site's key and name. */
		site: z.string(),
		site_name: z.string(),
		channel,
		completion_status: completionStatus,
		completion_claimed: z.boolean(),
		completed_at: timestamp.nullable(),
		/** Where the visitor came from, if known. */
		source: z.object({
			utm_source: z.string().nullable(),
			utm_campaign: z.string().nullable(),
			referrer: z.string().nullable(),
		}),
		/** The latest delivery with the lead's values. Null if there is none: a delivery without a lead doesn't count. */
		delivery: delivery
			.pick({ status: true, attempt_count: true, next_attempt_at: true })
			.extend({ state: leadDeliveryState })
			.nullable(),
		/** What became of the lead. Null if that isn't known. */
		outcome: outcome.pick({ stage: true, value: true, currency: true, at: true }).nullable(),
		/** The number of chats with the same email or phone number, up to 100. */
		chat_count: z.number().int(),
	})
	.meta({ id: 'LeadItem' });
export type LeadItem = z.infer<typeof leadItem>;

export const leadFilter = z.object({
	site: filterText.optional(),
	/** Searches name, email, phone and company. */
	q: searchQuery.optional(),
	completion_status: completionStatus.optional(),
	/** The state of the latest delivery. `none` if there is none. */
	delivery: z.enum([...leadDeliveryState.options, 'none']).optional(),
	/** The stage of its outcome. `none` if there is none. */
	outcome: z.enum([...outcomeStage.options, 'none']).optional(),
	/** Not contacted by its deadline. */
	overdue: flag.optional(),
	/** Leads that share an email or phone number with this chat session's lead, directly or through another lead. */
	person_of: sessionId.optional(),
	/** Created at or after `from` and before `to`. */
	from: timestamp.optional(),
	to: timestamp.optional(),
});
export type LeadFilter = z.input<typeof leadFilter>;

export const leadSort = z.enum(['newest', 'score']);
export type LeadSort = z.infer<typeof leadSort>;

export const leadListQuery = leadFilter.extend({
	...pageQuery.shape,
	sort: leadSort.default('newest'),
	/** Returns one lead per person, the first in the order of the list. */
	grouped: flag.default(false),
});
export type LeadListQuery = z.input<typeof leadListQuery>;
