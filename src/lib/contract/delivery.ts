import { z } from 'zod';
import { filterText, pageQuery, sessionId, timestamp } from './common.ts';
import { webhookEvent } from './events.ts';

export const deliveryStatus = z.enum(['pending', 'delivered', 'failed']);
export type DeliveryStatus = z.infer<typeof deliveryStatus>;

/** One attempt: the response from the endpoint, or the error if there was none. */
const deliveryAttempt = z.object({
	number: z.number().int(),
	started_at: timestamp,
	duration_ms: z.number().int(),
	http_status: z.number().int().nullable(),
	/** The first 2 KB of the response. */
	response: z.string().nullable(),
	error: z.string().nullable(),
});
export type DeliveryAttempt = z.infer<typeof deliveryAttempt>;

/** One event for one endpoint. `webhook_id` stays the same across attempts and replays. */
export const delivery = z
	.object({
		id: z.number().int(),
		webhook_id: z.string(),
		event: webhookEvent,
		session_id: sessionId.nullable(),
		site: z.string(),
		endpoint_id: z.number().int(),
		url: z.string(),
		/** The version of the lead in the body. Null if the body has no lead. */
		lead_version: z.number().int().nullable(),
		/** `lead.updated` only: the fields that changed since the delivery before it. */
		changed: z.array(z.string()),
		/** The webhook id of the delivery that must be accepted or given up before this one is sent. */
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
	endpoint_id: z.coerce.number().int().positive().optional(),
	session_id: sessionId.optional(),
	from: timestamp.optional(),
	to: timestamp.optional(),
};
export const deliveryFilter = z.object(filter);
export const deliveryListQuery = pageQuery.extend(filter);

/** The number of deliveries that one call can replay. */
export const MAX_REPLAYED_DELIVERIES = 1000;
/** How many deliveries match, counted up to 1,000. */
export const deliveryCount = z.object({ count: z.number().int() }).meta({ id: 'DeliveryCount' });

/** The deliveries to replay: by id, or all that match (at most 1,000 per call). */
export const replayInput = z
	.strictObject({
		ids: z.array(z.number().int().positive()).min(1).max(MAX_REPLAYED_DELIVERIES).optional(),
		...filter,
		endpoint_id: z.number().int().positive().optional(),
	})
	.refine((input) => input.ids !== undefined || input.status !== undefined, 'ids or status')
	.meta({ id: 'ReplayInput' });
