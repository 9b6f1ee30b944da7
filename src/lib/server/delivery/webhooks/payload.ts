import type { WebhookEvent } from '#lib/contract/events.ts';
import type { Events } from '#lib/contract/all-events.ts';
import type { Handoff } from '#lib/contract/handoff.ts';
import type { Review } from '#lib/contract/review.ts';
import type { Transcript } from '#lib/contract/session.ts';
import { getAttribution } from '#lib/contract/visitor-context.ts';

/** The possible contents of a body; the event determines which are included. */
export interface PayloadContents extends Pick<Transcript, 'session' | 'lead' | 'messages'> {
	review?: Review;
	handoff?: Handoff;
	outcome?: Pick<Events['lead.outcome'], 'outcome' | 'previous'>;
	/** The reason for undoing a completion. */
	reason?: string;
	/** The lead fields that changed. */
	changed?: string[];
	/** The webhook id of the delivery that had the old values of the changed fields. */
	amends?: string | null;
}

/** Returns the body of a delivery, which is stored, signed and sent byte for byte. */
export const buildPayload = (event: WebhookEvent, at: Date, contents: PayloadContents): string =>
	serializeBody(event, at, selectData(event, contents));

/** Serializes a body with this data. */
export const serializeBody = (type: WebhookEvent, at: Date, data: object): string =>
	JSON.stringify({ type, timestamp: at.toISOString(), data });

function selectData(
	event: WebhookEvent,
	{ session, lead, messages, ...others }: PayloadContents,
): object {
	const transcript = messages.map(({ sender, message, timestamp }) => ({
		sender,
		message,
		timestamp,
	}));
	const base = { session, lead, transcript };
	// A completion without a lead is version 1; a lead created later starts at version 2.
	const version = lead?.version ?? 1;
	if (event === 'lead.completed') return { ...base, version, rescued: session.is_rescued };
	if (event === 'lead.updated') {
		return { version, changed: others.changed, amends: others.amends, ...base };
	}
	if (event === 'lead.withdrawn') return { reason: others.reason, session, lead };
	if (event === 'lead.outcome' || event === 'lead.outcome_cleared') {
		return { ...others.outcome, attribution: getAttribution(session.context), ...base };
	}
	const { review, handoff } = others;
	if (review) return { session, lead, transcript: markPinned(messages, review), review };
	return { ...base, ...(handoff && { handoff }) };
}

/** Returns a transcript with message ids, in which the message that the review is about is `pinned`. */
const markPinned = (messages: PayloadContents['messages'], { message_id }: Review) =>
	messages.map(({ id, sender, message, timestamp }) => ({
		id,
		sender,
		message,
		timestamp,
		pinned: id === message_id,
	}));
