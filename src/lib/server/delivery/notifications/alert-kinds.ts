import type { EventName, Events } from '#lib/contract/all-events.ts';
import type { AlertKind } from '#lib/contract/notification.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The data for an alert's messages; never a visitor's name or contact details. */
type AlertDetail = Record<string, string | number | boolean>;

/** One occurrence of an event that raises an alert. */
export interface Occurrence {
	/** Identifies the occurrence among those of the same kind, so that it raises only one alert. */
	key: string;
	about: { session_id: string } | { site: string };
	/** When the alert becomes irrelevant and is no longer sent. */
	expires_at: Date;
	detail?: AlertDetail;
}

/** The input for an alert's message. `count` is above 1 if several alerts are combined. */
interface MessageInput {
	site: { key: string; name: string };
	/** Null for alerts about a site, and for combined ones. */
	session_id: string | null;
	detail: AlertDetail;
	count: number;
}

/** A message that may appear on a lock screen, so it names the site but never the visitor. */
export interface AlertMessage {
	title: string;
	body: string;
	/** A path in the dashboard. */
	url: string;
}

/** One kind of alert. */
export interface AlertType<Payload = never> {
	event: EventName;
	/** Returns the occurrence to alert about; null if the event raises no alert. */
	getOccurrence(payload: Payload, now: Date): Occurrence | null;
	/** Whether the chat must have a lead that the team can contact: by email or phone, or in Messenger. */
	needsContact?: boolean;
	urgency: 'normal' | 'high';
	/** Whether simultaneous alerts are combined into one message. */
	isCombined: boolean;
	createMessage(input: MessageInput): AlertMessage;
}

/** Declares an alert, whose payload type is inferred from its event. */
const defineAlert = <Name extends EventName>(
	event: Name,
	declaration: Omit<AlertType<Events[Name]>, 'event'>,
): AlertType => ({ event, ...declaration });

const getChatUrl = ({ session_id }: MessageInput) =>
	session_id ? `/inbox/${session_id}` : '/leads';

/** Declares every kind of alert: the event that raises it, and its messages. */
export const ALERTS: Record<AlertKind, AlertType> = {
	handoff_requested: defineAlert('handoff.requested', {
		// Outside business hours, the handoff is missed immediately and the visitor doesn't wait.
		getOccurrence({ session_id, handoff: { id, requested_at, deadline_at, outcome } }, now) {
			const wait_seconds = Math.round((Date.parse(deadline_at) - Date.parse(requested_at)) / 1000);
			const isWaiting = outcome === null;
			return {
				key: String(id),
				about: { session_id },
				expires_at: isWaiting ? new Date(deadline_at) : new Date(now.getTime() + HOUR_MS),
				detail: { is_waiting: isWaiting, wait_seconds },
			};
		},
		urgency: 'high',
		isCombined: false,
		createMessage: (input) => ({
			title: `A visitor is asking for a person on ${input.site.name}`,
			body: input.detail['is_waiting']
				? `They’ll wait ${formatWait(Number(input.detail['wait_seconds']))}. Open the chat to take over.`
				: 'No one was available. Open the chat to reply.',
			url: getChatUrl(input),
		}),
	}),
	lead_completed: defineAlert('lead.updated', {
		// A lead with a follow-up deadline belongs to a completed chat. Leads of imported chats may already be overdue.
		getOccurrence({ session_id, lead }, now) {
			const { email, phone, promise_due_at, first_contact_at } = lead;
			const isNew = promise_due_at !== null && new Date(promise_due_at) > now;
			if (!isNew || first_contact_at !== null) return null;
			return {
				key: session_id,
				about: { session_id },
				expires_at: new Date(now.getTime() + DAY_MS),
				detail: { has_email: email !== null, has_phone: phone !== null },
			};
		},
		needsContact: true,
		urgency: 'normal',
		isCombined: true,
		createMessage: (input) => ({
			title:
				input.count > 1
					? `${input.count} new leads on ${input.site.name}`
					: `New lead on ${input.site.name}`,
			body: input.count > 1 ? 'Open the list to see them.' : describeContacts(input.detail),
			url: getChatUrl(input),
		}),
	}),
	lead_overdue: defineAlert('lead.overdue', {
		getOccurrence: ({ session_id, lead }, now) => ({
			key: `${session_id}:${lead.promise_due_at}`,
			about: { session_id },
			expires_at: new Date(now.getTime() + DAY_MS),
		}),
		needsContact: true,
		urgency: 'normal',
		isCombined: true,
		createMessage: (input) => ({
			title:
				input.count > 1
					? `${input.count} leads overdue on ${input.site.name}`
					: `Lead overdue on ${input.site.name}`,
			body: input.count > 1 ? 'No one has replied to them yet.' : 'No one has replied to it yet.',
			url: getChatUrl(input),
		}),
	}),
	ai_failing: defineAlert('ai.failing', {
		getOccurrence: ({ site, failed, turns }, now) => ({
			key: `${site}:${now.toISOString()}`,
			about: { site },
			expires_at: new Date(now.getTime() + HOUR_MS),
			detail: { failed, turns },
		}),
		urgency: 'high',
		isCombined: false,
		createMessage: ({ site, detail }) => ({
			title: `AI failing on ${site.name}`,
			body: `${detail['failed']} of the last ${detail['turns']} answers failed.`,
			url: `/automation/turns?site=${site.key}&failed=true`,
		}),
	}),
	challenger_returned: defineAlert('challenger.returned', {
		getOccurrence: ({ site, challenger_id, text }, now) => ({
			key: String(challenger_id),
			about: { site },
			expires_at: new Date(now.getTime() + DAY_MS),
			detail: { text },
		}),
		urgency: 'normal',
		isCombined: false,
		createMessage: ({ site, detail }) => ({
			title: `Challenger stopped on ${site.name}`,
			body: `${detail['text']} All visitors now get the champion.`,
			url: `/settings/sites/${site.key}/ai`,
		}),
	}),
};

const formatWait = (seconds: number) =>
	seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;

function describeContacts({ has_email, has_phone }: AlertDetail): string {
	if (has_email && has_phone) return 'They left an email address and a phone number.';
	if (has_email) return 'They left an email address.';
	return has_phone ? 'They left a phone number.' : 'Reply in Messenger.';
}
