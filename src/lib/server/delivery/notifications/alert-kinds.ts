import type { EventName, Events } from '#lib/contract/all-events.ts';
import type { AlertKind } from '#lib/contract/notification.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Facts that a message is written from; never a visitor's name or contact details. */
type Detail = Record<string, string | number | boolean>;

/** One thing that happened. */
export interface Occurrence {
	/** Identifies it among those of its kind: each alerts once. */
	key: string;
	about: { session_id: string } | { site: string };
	/** After this, no one needs to know. */
	expires_at: Date;
	detail?: Detail;
}

/** An alert as its messages see it. `count` is above 1 when several are combined. */
export interface AlertFacts {
	site: { key: string; name: string };
	/** Null for alerts about a site, and for combined ones. */
	session_id: string | null;
	detail: Detail;
	count: number;
}

/** A message for a lock screen: it names the site, never the visitor. */
export interface AlertMessage {
	title: string;
	body: string;
	/** A path of the dashboard. */
	url: string;
}

/** One kind of alert. */
export interface AlertType<Payload = never> {
	event: EventName;
	/** Returns what to alert about; null when an event alerts no one. */
	occurrence(payload: Payload, now: Date): Occurrence | null;
	urgency: 'normal' | 'high';
	/** Whether simultaneous alerts are combined into one message. */
	isCombined: boolean;
	message(facts: AlertFacts): AlertMessage;
}

/** Types the payload of an entry by its event. */
const on = <Name extends EventName>(
	event: Name,
	declaration: Omit<AlertType<Events[Name]>, 'event'>,
): AlertType => ({ event, ...declaration });

const chatUrl = ({ session_id }: AlertFacts) => (session_id ? `/inbox/${session_id}` : '/leads');

/** Declares every kind of alert once: the event that raises it, and what its messages say. */
export const ALERTS: Record<AlertKind, AlertType> = {
	handoff_requested: on('handoff.requested', {
		// Outside business hours it is missed immediately, and the visitor doesn't wait.
		occurrence({ session_id, handoff: { id, requested_at, deadline_at, outcome } }, now) {
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
		message: (facts) => ({
			title: `A visitor is asking for a person on ${facts.site.name}`,
			body: facts.detail['is_waiting']
				? `They’ll wait ${waitOf(Number(facts.detail['wait_seconds']))}. Open the chat to take over.`
				: 'No one was available. Open the chat to reply.',
			url: chatUrl(facts),
		}),
	}),
	lead_completed: on('lead.updated', {
		// A lead that has a follow-up deadline belongs to a completed chat. Leads of imported chats may be overdue already.
		occurrence({ session_id, lead }, now) {
			const { email, phone, promise_due_at, first_contact_at } = lead;
			const isNew = promise_due_at !== null && new Date(promise_due_at) > now;
			if (!isNew || first_contact_at !== null || !(email ?? phone)) return null;
			return {
				key: session_id,
				about: { session_id },
				expires_at: new Date(now.getTime() + DAY_MS),
				detail: { has_email: email !== null, has_phone: phone !== null },
			};
		},
		urgency: 'normal',
		isCombined: true,
		message: (facts) => ({
			title:
				facts.count > 1
					? `${facts.count} new leads on ${facts.site.name}`
					: `New lead on ${facts.site.name}`,
			body: facts.count > 1 ? 'Open the list to see them.' : contactsOf(facts.detail),
			url: chatUrl(facts),
		}),
	}),
	lead_overdue: on('lead.overdue', {
		occurrence: ({ session_id, lead }, now) => ({
			key: `${session_id}:${lead.promise_due_at}`,
			about: { session_id },
			expires_at: new Date(now.getTime() + DAY_MS),
		}),
		urgency: 'normal',
		isCombined: true,
		message: (facts) => ({
			title:
				facts.count > 1
					? `${facts.count} leads overdue on ${facts.site.name}`
					: `Lead overdue on ${facts.site.name}`,
			body: facts.count > 1 ? 'No one has replied to them yet.' : 'No one has replied to it yet.',
			url: chatUrl(facts),
		}),
	}),
	ai_failing: on('ai.failing', {
		occurrence: ({ site, failed, turns }, now) => ({
			key: `${site}:${now.toISOString()}`,
			about: { site },
			expires_at: new Date(now.getTime() + HOUR_MS),
			detail: { failed, turns },
		}),
		urgency: 'high',
		isCombined: false,
		message: ({ site, detail }) => ({
			title: `AI failing on ${site.name}`,
			body: `${detail['failed']} of the last ${detail['turns']} answers failed.`,
			url: `/automation/turns?site=${site.key}&failed=true`,
		}),
	}),
	challenger_returned: on('challenger.returned', {
		occurrence: ({ site, challenger_id, text }, now) => ({
			key: String(challenger_id),
			about: { site },
			expires_at: new Date(now.getTime() + DAY_MS),
			detail: { text },
		}),
		urgency: 'normal',
		isCombined: false,
		message: ({ site, detail }) => ({
			title: `Challenger stopped on ${site.name}`,
			body: `${detail['text']} All visitors now get the champion.`,
			url: `/settings/sites/${site.key}/ai`,
		}),
	}),
};

const waitOf = (seconds: number) =>
	seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;

function contactsOf({ has_email, has_phone }: Detail): string {
	if (has_email && has_phone) return 'They left an email address and a phone number.';
	return has_email ? 'They left an email address.' : 'They left a phone number.';
}
