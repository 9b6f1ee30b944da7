import type { WebhookEvent } from '#lib/contract/events.ts';
import type { Review } from '#lib/contract/review.ts';
import type { Transcript } from '#lib/contract/session.ts';

/** The body of a delivery, final from here on: these bytes are stored, signed and sent. */
export function buildPayload(
	event: WebhookEvent,
	at: Date,
	{ session, lead, messages }: Pick<Transcript, 'session' | 'lead' | 'messages'>,
	review?: Review,
): string {
	return JSON.stringify({
		type: event,
		timestamp: at.toISOString(),
		data: {
			session,
			lead,
			transcript: messages.map(({ sender, message, timestamp }) => ({
				sender,
				message,
				timestamp,
			})),
			...(review && { review }),
		},
	});
}
