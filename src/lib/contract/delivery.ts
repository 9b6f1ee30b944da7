import { z } from 'zod';
import { filterText, pageQuery, sessionId, timestamp } from './common.ts';
import { webhookEvent } from './events.ts';

export const deliveryStatus = z.enum(['pending', 'delivered', 'failed']);
export type DeliveryStatus = z.infer<typeof deliveryStatus>;

/** One call of a webhook: what it answered, or why there was no answer. */
const deliveryAttempt = z.object({
	number: z.number().int(),
	started_at: timestamp,
	duration_ms: z.number().int(),
	http_status: z.number().int().nullable(),
	/** The first 2 KB of the answer. */
	response: z.string().nullable(),
	error: z.string().nullable(),
});
export type DeliveryAttempt = z.infer<typeof deliveryAttempt>;

/** One event on its way to one endpoint. `webhook_id` is the same for every attempt and replay. */
export const delivery = z
	.object({
		id: z.number().int(),
		webhook_id: z.string(),
		event: webhookEvent,
		session_id: sessionId.nullable(),
		site: z.string(),
		endpoint_id: z.number().int(),
		url: z.string(),
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

/** How many deliveries match, counted up to 1,000. */
export const MOST_REPLAYED = 1000;
export const deliveryCount = z.object({ count: z.number().int() }).meta({ id: 'DeliveryCount' });

/** Which deliveries to send again: named ones, or all that match (at most 1,000 a call). */
export const replayInput = z
	.strictObject({
		ids: z.array(z.number().int().positive()).min(1).max(MOST_REPLAYED).optional(),
		...filter,
		endpoint_id: z.number().int().positive().optional(),
	})
	.refine((input) => input.ids !== undefined || input.status !== undefined, 'ids or status')
	.meta({ id: 'ReplayInput' });
