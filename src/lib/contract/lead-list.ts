import { z } from 'zod';
import {
	channel,
	completionStatus,
	filterText,
	flag,
	pageQuery,
	searchWords,
	sessionId,
	timestamp,
} from './common.ts';
import { delivery, deliveryStatus } from './delivery.ts';
import { lead } from './lead.ts';

/** A lead as lists show it: with its chat session, its delivery, and how many chats the person has. */
export const leadItem = lead
	.extend({
		/** The site's key and name. */
		site: z.string(),
		site_name: z.string(),
		channel,
		completion_status: completionStatus,
		completed_at: timestamp.nullable(),
		/** Where the visitor came from, as far as it is known. */
		source: z.object({
			utm_source: z.string().nullable(),
			utm_campaign: z.string().nullable(),
			referrer: z.string().nullable(),
		}),
		/** The latest delivery of the lead; null when it was never sent. */
		delivery: delivery
			.pick({ status: true, attempt_count: true, next_attempt_at: true })
			.nullable(),
		/** Chats of this person, known by the same e-mail or phone number; counted up to 100. */
		chat_count: z.number().int(),
	})
	.meta({ id: 'LeadItem' });
export type LeadItem = z.infer<typeof leadItem>;

export const leadFilter = z.object({
	site: filterText.optional(),
	/** Words to find in name, e-mail, phone and company. */
	q: searchWords.optional(),
	completion_status: completionStatus.optional(),
	/** State of the latest delivery; `none`: never sent. */
	delivery: z.enum([...deliveryStatus.options, 'none']).optional(),
	/** Promised, and nobody was in touch in time. */
	overdue: flag.optional(),
	/** Leads with the same e-mail or phone number as this chat session's, and whoever shares one with those. */
	person_of: sessionId.optional(),
	/** Created at or after / before. */
	from: timestamp.optional(),
	to: timestamp.optional(),
});
export type LeadFilter = z.input<typeof leadFilter>;

export const leadSort = z.enum(['newest', 'score']);
export type LeadSort = z.infer<typeof leadSort>;

export const leadListQuery = leadFilter.extend({
	...pageQuery.shape,
	sort: leadSort.default('newest'),
	/** One lead a person: the first in the order of the list. */
	grouped: flag.default(false),
});
export type LeadListQuery = z.input<typeof leadListQuery>;
