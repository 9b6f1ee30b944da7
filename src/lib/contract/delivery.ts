import { z } from 'zod';
import { challengerReturned } from './challenger.ts';
import {
	filterText,
	pageQuery,
	sender,
	sessionId,
	anyTimestamp,
	timestamp,
	urlInteger,
} from './common.ts';
import { webhookEvent, type WebhookEvent } from './events.ts';
import { handoff } from './handoff.ts';
import { lead, outcome, outcomeStage } from './lead.ts';
import { review } from './review.ts';
import { session } from './session.ts';
import { suiteRun } from './suite.ts';
import { attribution } from './visitor-context.ts';

export const deliveryStatus = z.enum(['pending', 'delivered', 'failed']);
export type DeliveryStatus = z.infer<typeof deliveryStatus>;

/** One attempt, with the endpoint's response if there was one. */
const deliveryAttempt = z.object({
	number: z.number().int(),
	started_at: timestamp,
	duration_ms: z.number().int(),
	http_status: z.number().int().nullable(),
	/** The first 2 KB of the response. */
	response: z.string().nullable(),
	error: z.string().nullable(),
});

/** One event for one endpoint. */
export const delivery = z
	.object({
		id: z.number().int(),
		/** The `webhook-id` header of Standard Webhooks: identifies this message, however often it is sent. */
		webhook_id: z.string(),
		event: webhookEvent,
		/** The event's name on screen. */
		event_label: z.string(),
		session_id: sessionId.nullable(),
		site: z.string(),
		endpoint_id: z.number().int(),
		/** The scheme and host of the endpoint's URL. Only admins see the rest, which may contain a secret. */
		url: z.string(),
		/** The last four characters of a long path, which tell endpoints on one host apart; null if the path is short. */
		url_end: z.string().nullable(),
		/** The version of the lead in the body. Null if the body has no lead. */
		lead_version: z.number().int().nullable(),
		/** `lead.updated` only: the fields that changed since the previous delivery. */
		changed: z.array(z.string()),
		/** The webhook id of the previous delivery in the lead's chain, which must be accepted or have failed first. Null for the first. */
		follows: z.string().nullable(),
		status: deliveryStatus,
		attempt_count: z.number().int(),
		next_attempt_at: timestamp.nullable(),
		last_http_status: z.number().int().nullable(),
		last_error: z.string().nullable(),
		attempts: z.array(deliveryAttempt),
		created_at: timestamp,
		delivered_at: timestamp.nullable(),
	})
	.meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof delivery>;

const filter = {
	status: deliveryStatus.optional(),
	site: filterText.optional(),
	event: webhookEvent.optional(),
	endpoint_id: urlInteger(1).optional(),
	session_id: sessionId.optional(),
	/** Range of `created_at`. */
	from: anyTimestamp.optional(),
	to: anyTimestamp.optional(),
};
export const deliveryFilter = z.object(filter);
export const deliveryListQuery = pageQuery.extend(filter);

/** The maximum number of deliveries that one call resends. */
export const MAX_RESENT_DELIVERIES = 1000;
/** The number of matching deliveries, at most `MAX_RESENT_DELIVERIES`. */
export const deliveryCount = z.object({ count: z.number().int() }).meta({ id: 'DeliveryCount' });

/** The deliveries to resend: those that match every given condition, newest first, at most 1,000 per call. */
export const resendInput = z
	.strictObject({
		ids: z.array(z.number().int().positive()).min(1).max(MAX_RESENT_DELIVERIES).optional(),
		...filter,
		endpoint_id: z.number().int().positive().optional(),
	})
	.refine((input) => input.ids !== undefined || input.status !== undefined, 'needs ids or a status')
	.meta({ id: 'ReplayInput' });

const message = z.object({ sender, message: z.string(), timestamp });

const chatData = {
	session,
	lead: lead.nullable(),
	/** All messages, oldest first. */
	transcript: z.array(message),
};
const versionData = {
	/** The version of the lead; 1 if there is no lead yet. Ignore bodies with a lower version than the last one you accepted. */
	version: z.number().int().min(1),
};

const reviewData = {
	...chatData,
	/** `pinned` marks the message that the review is about. */
	transcript: z.array(message.extend({ id: z.number().int(), pinned: z.boolean() })),
	review,
};

const outcomeData = {
	...chatData,
	outcome,
	/** The previous stage, or the one that was cleared; null if there was none. */
	previous: outcomeStage.nullable(),
	attribution,
};

/** The shape of `data` for events that don't just use `chatData`. */
const DATA_SHAPES: Partial<Record<WebhookEvent, z.ZodRawShape>> = {
	'review.submitted': reviewData,
	'review.issue': reviewData,
	'handoff.requested': { ...chatData, handoff },
	'handoff.taken': { ...chatData, handoff },
	'handoff.missed': { ...chatData, handoff },
	'lead.completed': {
		...chatData,
		...versionData,
		/** Whether the built-in AI completed the chat because the site's AI failed. */
		rescued: z.boolean(),
	},
	'lead.updated': {
		...chatData,
		lead,
		...versionData,
		/** The fields that changed since the previous delivery. */
		changed: z.array(z.string()),
		/** The webhook id of the previous delivery. */
		amends: z.string(),
	},
	'suite_run.finished': { suite_run: suiteRun },
	'challenger.returned': challengerReturned.shape,
	'lead.outcome': outcomeData,
	'lead.outcome_cleared': outcomeData,
	'lead.withdrawn': { reason: z.string(), session: chatData.session, lead: chatData.lead },
};

/** Returns the schema of a delivery's signed body. */
export const webhookPayload = (event: WebhookEvent) =>
	z.object({ type: z.literal(event), timestamp, data: z.object(DATA_SHAPES[event] ?? chatData) });
