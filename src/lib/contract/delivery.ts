import { z } from 'zod';
import { filterText, pageQuery, sessionId, timestamp } from './common';

export const deliveryStatus = z.enum(['pending', 'delivered', 'failed']);
export type DeliveryStatus = z.infer<typeof deliveryStatus>;

export const webhookEvent = z.enum([
	'lead.completed',
	'lead.abandoned',
	'session.created',
	'session.completed',
	'review.submitted',
	'review.issue',
]);
export type WebhookEvent = z.infer<typeof webhookEvent>;

/** One call of a webhook: what it answered, or why there was no answer. */
export const deliveryAttempt = z.object({
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

export const deliveryListQuery = pageQuery.extend({
	status: deliveryStatus.optional(),
	site: filterText.optional(),
	session_id: sessionId.optional(),
	from: timestamp.optional(),
	to: timestamp.optional(),
});

/** Which deliveries to send again: named ones, or all that match (at most 1,000 a call). */
export const replayInput = z
	.strictObject({
		ids: z.array(z.number().int().positive()).min(1).max(1000).optional(),
		status: deliveryStatus.optional(),
		from: timestamp.optional(),
		to: timestamp.optional(),
	})
	.refine((input) => input.ids !== undefined || input.status !== undefined, 'ids or status')
	.meta({ id: 'ReplayInput' });
