import type { WebhookEvent } from '#lib/contract/events.ts';
import type { Events } from '#lib/contract/all-events.ts';
import type { Handoff } from '#lib/contract/handoff.ts';
import type { Review } from '#lib/contract/review.ts';
import type { Transcript } from '#lib/contract/session.ts';
import { getAttribution } from '#lib/contract/visitor-context.ts';

/** What a body can contain, by event. */
export interface Contents extends Pick<Transcript, 'session' | 'lead' | 'messages'> {
	review?: Review;
	handoff?: Handoff;
	outcome?: Pick<Events['lead.outcome'], 'outcome' | 'previous'>;
	/** Why a completion was undone. */
	reason?: string;
	/** The lead fields that changed, and the webhook id of the delivery that had their old values. */
	changed?: string[];
	amends?: string | null;
}

/** Returns the body of a delivery: these bytes are stored, signed and sent. */
export const buildPayload = (event: WebhookEvent, at: Date, contents: Contents): string =>
	writeBody(event, at, dataOf(event, contents));

/** Returns a body with this data. */
export const writeBody = (type: WebhookEvent, at: Date, data: object): string =>
	JSON.stringify({ type, timestamp: at.toISOString(), data });

function dataOf(event: WebhookEvent, { session, lead, messages, ...more }: Contents): object {
	const transcript = messages.map(({ sender, message, timestamp }) => ({
		sender,
		message,
		timestamp,
	}));
	const base = { session, lead, transcript };
	// A lead created after the completion starts at version 2.
	const version = lead?.version ?? 1;
	if (event === 'lead.completed') return { ...base, version, rescued: session.is_rescued };
	if (event === 'lead.updated') {
		return { version, changed: more.changed, amends: more.amends, ...base };
	}
	if (event === 'lead.withdrawn') return { reason: more.reason, session, lead };
	if (event === 'lead.outcome' || event === 'lead.outcome_cleared') {
		return { ...more.outcome, attribution: getAttribution(session.context), ...base };
	}
	const { review, handoff } = more;
	if (review) return { session, lead, transcript: markPinned(messages, review), review };
	return { ...base, ...(handoff && { handoff }) };
}

/** Returns a transcript with the ids of its messages and the one that the review is about. */
const markPinned = (messages: Contents['messages'], { message_id }: Review) =>
	messages.map(({ id, sender, message, timestamp }) => ({
		id,
		sender,
		message,
		timestamp,
		pinned: id === message_id,
	}));
