import { z } from 'zod';
import {
	channel,
	completionStatus,
	filterText,
	queryBoolean,
	pageQuery,
	searchQuery,
	sessionId,
	anyTimestamp,
	timestamp,
} from './common.ts';
import { DELIVERY_STATE_PRIORITY } from './constants.ts';
import { delivery } from './delivery.ts';
import { lead, outcome, outcomeStage } from './lead.ts';
import { session } from './session.ts';

/**
 * The state of a lead's deliveries, or that of the worst endpoint if there are several. `pending`, `delivered` and `failed`
 * describe the first delivery, `update_pending`, `updated` and `update_failed` an amendment. `outdated` means that values changed
 * without an amendment, `withdrawn` that the completion was undone.
 */
export const leadDeliveryState = z.enum(DELIVERY_STATE_PRIORITY);
export type LeadDeliveryState = z.infer<typeof leadDeliveryState>;

/** A lead in a list, with its chat session, delivery state and the number of chats with the person. */
export const leadItem = lead
	.extend({
		/** The site's key and name. */
		site: z.string(),
		site_name: z.string(),
		channel,
		completion_status: completionStatus,
		completion_claimed: z.boolean(),
		completed_at: timestamp.nullable(),
		/** As in the chat session. */
		completions_undone: session.shape.completions_undone,
		agent: session.shape.agent,
		handoff_deadline_at: session.shape.handoff_deadline_at,
		is_rescued: session.shape.is_rescued,
		/** As in the chat session. */
		reply_until: session.shape.reply_until,
		/** The source of the visit, if known. */
		source: z.object({
			/** The source's name in the statistics, such as `google`; `direct` if unknown. */
			name: z.string(),
			utm_source: z.string().nullable(),
			utm_campaign: z.string().nullable(),
			referrer: z.string().nullable(),
		}),
		/**
		 * The latest delivery of the lead's values to the endpoint that needs attention most. Null if there is none: a delivery
		 * without a lead doesn't count.
		 */
		delivery: delivery
			.pick({ status: true, attempt_count: true, next_attempt_at: true })
			.extend({ state: leadDeliveryState })
			.nullable(),
		/** The outcome of the lead. Null if there is none. */
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
	/** The delivery state. `none` if the lead was never sent. */
	delivery: z.enum([...leadDeliveryState.options, 'none']).optional(),
	/** The stage of the lead's outcome. `none` if there is none. */
	outcome: z.enum([...outcomeStage.options, 'none']).optional(),
	/** `needs_reply` if a reply is due and no one has contacted the lead yet; `contacted` if someone has. */
	follow_up: z.enum(['needs_reply', 'contacted']).optional(),
	/** Not contacted by its deadline. */
	overdue: queryBoolean.optional(),
	/** Has an email address or phone number. */
	has_contact: queryBoolean.optional(),
	/** Has an email address, a phone number or, in Messenger, an open reply window. */
	reachable: queryBoolean.optional(),
	/** Leads that share an email or phone number with this chat session's lead, directly or through another lead. */
	person_of: sessionId.optional(),
	/** Leads of chats that started at or after this time. */
	started_from: anyTimestamp.optional(),
	/** Created at or after `from` and before `to`. */
	from: anyTimestamp.optional(),
	to: anyTimestamp.optional(),
});
export type LeadFilter = z.input<typeof leadFilter>;

/**
 * `due` and `urgency` list only leads that need a reply. `due` begins with the earliest deadline. `urgency` begins with leads
 * overdue for less than 7 days, by day and then by score, followed by upcoming deadlines and the other overdue leads.
 */
export const leadSort = z.enum(['newest', 'score', 'due', 'urgency']);
export type LeadSort = z.infer<typeof leadSort>;

export const leadListQuery = leadFilter.extend({
	...pageQuery.shape,
	sort: leadSort.default('newest'),
	/** Returns only the first lead of each person. Not supported with `sort=urgency`. */
	grouped: queryBoolean.default(false),
});
export type LeadListQuery = z.input<typeof leadListQuery>;

/** The maximum that is reported for lead counts. */
export const MAX_LEAD_COUNT = 1_000;

/** The number of leads in each view of the leads page, each up to 1,000. */
export const leadCounts = z
	.object({
		/** Reachable leads that need a reply. */
		needs_reply: z.number().int(),
		/** Leads in `needs_reply` whose deadline has passed. */
		overdue: z.number().int(),
		contacted: z.number().int(),
		/** Reachable people. If filtered by deliveries or chat start, all matching leads instead. */
		all: z.number().int(),
		/** Leads that aren't reachable. */
		without_contact: z.number().int(),
	})
	.meta({ id: 'LeadCounts' });
export type LeadCounts = z.infer<typeof leadCounts>;
export const leadCountsQuery = leadFilter.omit({
	follow_up: true,
	overdue: true,
	has_contact: true,
	reachable: true,
	person_of: true,
});
export type LeadCountsQuery = z.input<typeof leadCountsQuery>;
