import { z } from 'zod';
import { sender, timestamp } from './common.ts';
import type { WebhookEvent } from './events.ts';
import { handoff } from './handoff.ts';
import { lead } from './lead.ts';
import { review } from './review.ts';
import { session } from './session.ts';

const message = z.object({ sender, message: z.string(), timestamp });

const chat = z.object({
	session,
	lead: lead.nullable(),
	/** All messages, oldest first. */
	transcript: z.array(message),
});
const chatWithReview = chat.extend({ review });
const chatWithHandoff = chat.extend({ handoff });

const dataOf = (event: WebhookEvent) => {
	if (event.startsWith('review.')) return chatWithReview;
	return event.startsWith('handoff.') ? chatWithHandoff : chat;
};

/** Returns the schema of a delivery's signed body. */
export const webhookPayload = (event: WebhookEvent) =>
	z.object({
		type: z.literal(event),
		timestamp,
		data: dataOf(event),
	});
