import { z } from 'zod';
import { sender, timestamp } from './common.ts';
import type { WebhookEvent } from './events.ts';
import { lead } from './lead.ts';
import { review } from './review.ts';
import { session } from './session.ts';

const message = z.object({ sender, message: z.string(), timestamp });

const withoutReview = z.object({
	session,
	lead: lead.nullable(),
	/** All messages, oldest first. */
	transcript: z.array(message),
});
const withReview = withoutReview.extend({ review });

/** Returns the schema of a delivery's signed body. */
export const webhookPayload = (event: WebhookEvent) =>
	z.object({
		type: z.literal(event),
		timestamp,
		data: event === 'review.submitted' || event === 'review.issue' ? withReview : withoutReview,
	});
