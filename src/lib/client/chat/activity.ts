import { decisionLabels } from '#lib/client/reviews/review-labels.ts';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { ActivityIcon } from '#lib/contract/define-event.ts';
import type { CompletionSource } from '#lib/contract/common.ts';
import type { Delivery } from '#lib/contract/delivery.ts';
import type { Review } from '#lib/contract/review.ts';
import type { Session } from '#lib/contract/session.ts';

export interface Activity {
	key: string;
	icon: ActivityIcon;
	text: string;
	/** ISO timestamp; null for an ongoing activity. */
	at: string | null;
}

const COMPLETION_TEXTS: Record<CompletionSource, string> = {
	live: 'Completed by the AI',
	ingest: 'Completed by an imported message',
	sweep: 'Completed by the AI',
	sync: 'Completed by a sync',
	api: 'Completed through the API',
	agent: 'Marked as completed by the team',
};

interface ChatHistory {
	session: Session;
	reviews: readonly Review[];
	entries: readonly AuditEntry[];
	deliveries: readonly Delivery[];
}

/** Lists the activity of a chat session, newest first, headed by the agent who is answering now. */
export function listActivity({ session, reviews, entries, deliveries }: ChatHistory): Activity[] {
	const past: Activity[] = [
		{ key: 'start', icon: 'start', text: 'Chat started', at: session.created_at },
		...entries.flatMap((entry) => toActivities(entry)),
		...toCompletionActivities(session, entries),
	];
	for (const { id, reviewer, qa_status, created_at } of reviews) {
		const text = `${reviewer} ${decisionLabels[qa_status]}`;
		past.push({ key: `review-${id}`, icon: 'review', text, at: created_at });
	}
	for (const delivery of deliveries) {
		const { id, delivered_at: at } = delivery;
		if (at)
			past.push({ key: `delivery-${id}`, icon: 'delivery', text: describeDelivery(delivery), at });
	}
	past.sort((a, b) => (b.at ?? '').localeCompare(a.at ?? ''));
	if (session.agent === null) return past;
	const text = `${session.agent || 'Someone'} is answering`;
	return [{ key: 'now', icon: 'agent', text, at: null }, ...past];
}

function describeDelivery({ event, lead_version }: Delivery): string {
	if (event === 'lead.updated') return 'Update delivered';
	if (event === 'lead.withdrawn') return 'Withdrawal delivered';
	return event === 'lead.completed' && lead_version === null
		? 'Delivered without a lead'
		: 'Delivered';
}

function toActivities({ id, actor, activity, created_at }: AuditEntry): Activity[] {
	if (!activity) return [];
	const { icon, text } = activity;
	return [{ key: `act-${id}`, icon, text: `${actor.name} ${text}`, at: created_at }];
}

/** Actions that complete a chat or undo its completion. */
const COMPLETION_ACTIONS: string[] = ['session.completed', 'lead.withdrawn'];

/** Returns the chat's completion, unless an audit entry already shows it. */
function toCompletionActivities(session: Session, entries: readonly AuditEntry[]): Activity[] {
	const { completed_at, completion_source } = session;
	if (!completed_at || !completion_source) return [];
	const latest = entries.find(({ action }) => COMPLETION_ACTIONS.includes(action));
	if (latest?.action === 'session.completed') return [];
	return [
		{
			key: 'complete',
			icon: 'complete',
			text: COMPLETION_TEXTS[completion_source],
			at: completed_at,
		},
	];
}
