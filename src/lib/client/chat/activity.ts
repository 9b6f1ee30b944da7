import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { ActivityIcon, Wording } from '#lib/contract/define-event.ts';
import { events } from '#lib/contract/events.ts';
import type { CompletionSource, QaStatus } from '#lib/contract/common.ts';
import type { Delivery } from '#lib/contract/delivery.ts';
import type { Review } from '#lib/contract/review.ts';
import type { Session } from '#lib/contract/session.ts';

export interface Activity {
	key: string;
	icon: ActivityIcon;
	text: string;
	/** Null while it is still ongoing. */
	at: string | null;
}

const COMPLETED: Record<CompletionSource, string> = {
	live: 'Completed by the AI',
	ingest: 'Completed by an imported message',
	sweep: 'Completed by the AI',
	sync: 'Completed by a sync',
	api: 'Completed through the API',
	agent: 'Marked as complete by the team',
};
const REVIEWED: Record<QaStatus, string> = {
	unchecked: 'reset the review',
	passed: 'marked it as passed',
	issue: 'raised an issue',
	fixed: 'marked it as fixed',
};

interface Known {
	session: Session;
	reviews: readonly Review[];
	entries: readonly AuditEntry[];
	deliveries: readonly Delivery[];
}

/** Lists what happened to a chat session, newest first, below who is answering now. */
export function activityOf({ session, reviews, entries, deliveries }: Known): Activity[] {
	const past: Activity[] = [
		{ key: 'start', icon: 'start', text: 'Chat started', at: session.created_at },
		...entries.flatMap((entry) => actOf(entry)),
		...completionOf(session, entries),
	];
	for (const { id, reviewer, qa_status, created_at } of reviews) {
		const text = `${reviewer} ${REVIEWED[qa_status]}`;
		past.push({ key: `review-${id}`, icon: 'review', text, at: created_at });
	}
	for (const delivery of deliveries) {
		const { id, delivered_at: at } = delivery;
		if (at)
			past.push({ key: `delivery-${id}`, icon: 'delivery', text: deliveredText(delivery), at });
	}
	past.sort((a, b) => (b.at ?? '').localeCompare(a.at ?? ''));
	if (session.agent === null) return past;
	const text = `${session.agent || 'Someone'} is answering`;
	return [{ key: 'now', icon: 'agent', text, at: null }, ...past];
}

function deliveredText({ event, lead_version }: Delivery): string {
	if (event === 'lead.updated') return 'Update delivered';
	if (event === 'lead.withdrawn') return 'Withdrawal delivered';
	return event === 'lead.completed' && lead_version === null
		? 'Delivered without a lead'
		: 'Delivered';
}

function actOf(entry: AuditEntry): Activity[] {
	const row: Wording = events[entry.action];
	if (!row.activity) return [];
	const [icon, words] = row.activity;
	const text = `${entry.actor.name} ${typeof words === 'function' ? words(entry) : words}`;
	return [{ key: `act-${entry.id}`, icon, text, at: entry.created_at }];
}

/** The actions that complete a chat or undo that. */
const ENDS: string[] = ['session.completed', 'lead.withdrawn'];

/** Returns the completion, unless a person's audit entry already shows it. */
function completionOf(session: Session, entries: readonly AuditEntry[]): Activity[] {
	const { completed_at, completion_source } = session;
	if (!completed_at || !completion_source) return [];
	const latest = entries.find(({ action }) => ENDS.includes(action));
	if (latest?.action === 'session.completed') return [];
	return [
		{ key: 'complete', icon: 'complete', text: COMPLETED[completion_source], at: completed_at },
	];
}
