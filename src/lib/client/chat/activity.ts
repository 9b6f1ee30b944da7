import type { AuditAction, AuditEntry } from '#lib/contract/audit-entry.ts';
import type { CompletionSource, QaStatus } from '#lib/contract/common.ts';
import type { Delivery } from '#lib/contract/delivery.ts';
import type { Review } from '#lib/contract/review.ts';
import type { Session } from '#lib/contract/session.ts';

export interface Activity {
	key: string;
	icon:
		| 'start'
		| 'agent'
		| 'ai'
		| 'complete'
		| 'archive'
		| 'review'
		| 'lead'
		| 'note'
		| 'delivery'
		| 'export'
		| 'link';
	text: string;
	/** Null: goes on now. */
	at: string | null;
}

const COMPLETED: Record<CompletionSource, string> = {
	live: 'Completed by the AI',
	ingest: 'Completed by an imported message',
	sweep: 'Completed by the AI',
	sync: 'Completed by a sync',
	api: 'Completed through the API',
	agent: 'Completed by hand',
};
const REVIEWED: Record<QaStatus, string> = {
	unchecked: 'reset the review',
	passed: 'marked it as passed',
	issue: 'raised an issue',
	fixed: 'marked it as fixed',
};

type Words = (entry: AuditEntry) => Pick<Activity, 'icon' | 'text'>;
const ACTS: Partial<Record<AuditAction, Words>> = {
	'session.taken_over': ({ actor }) => ({ icon: 'agent', text: `${actor.name} took over` }),
	'session.handed_back': ({ actor }) => ({
		icon: 'ai',
		text: `${actor.name} handed back to the AI`,
	}),
	'session.assigned': ({ actor, detail }) => {
		const to = detail['assignee'];
		const text =
			typeof to === 'string'
				? `${actor.name} assigned it to ${to === actor.name ? 'themselves' : to}`
				: `${actor.name} took the assignment back`;
		return { icon: 'agent', text };
	},
	'session.completed': ({ actor }) => ({ icon: 'complete', text: `${actor.name} completed it` }),
	'session.archived': ({ actor }) => ({ icon: 'archive', text: `${actor.name} archived it` }),
	'session.restored': ({ actor }) => ({ icon: 'archive', text: `${actor.name} restored it` }),
	'session.exported': ({ actor }) => ({ icon: 'export', text: `${actor.name} exported it` }),
	'session.resume_link_made': ({ actor }) => ({
		icon: 'link',
		text: `${actor.name} made a resume link`,
	}),
	'session.visitor_signed_out': ({ actor }) => ({
		icon: 'link',
		text: `${actor.name} signed the visitor out`,
	}),
	'note.created': ({ actor }) => ({ icon: 'note', text: `${actor.name} left a note` }),
	'note.updated': ({ actor }) => ({ icon: 'note', text: `${actor.name} changed a note` }),
	'note.deleted': ({ actor }) => ({ icon: 'note', text: `${actor.name} deleted a note` }),
	'lead.updated': ({ actor }) => ({ icon: 'lead', text: `${actor.name} edited the lead` }),
	'lead.contacted': ({ actor }) => ({ icon: 'lead', text: `${actor.name} contacted the lead` }),
};

interface Known {
	session: Session;
	reviews: readonly Review[];
	entries: readonly AuditEntry[];
	deliveries: readonly Delivery[];
}

/** What happened to a chat session, newest first; who answers now stands above it all. */
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
	for (const { id, delivered_at } of deliveries) {
		if (!delivered_at) continue;
		past.push({ key: `delivery-${id}`, icon: 'delivery', text: 'Delivered', at: delivered_at });
	}
	past.sort((a, b) => (b.at ?? '').localeCompare(a.at ?? ''));
	if (!session.ai_paused) return past;
	const text = `${session.assignee?.name ?? 'A person'} is answering`;
	return [{ key: 'now', icon: 'agent', text, at: null }, ...past];
}

function actOf(entry: AuditEntry): Activity[] {
	const words = ACTS[entry.action]?.(entry);
	return words ? [{ key: `act-${entry.id}`, at: entry.created_at, ...words }] : [];
}

/** Nobody's act: a person's completion is among the entries. */
function completionOf(session: Session, entries: readonly AuditEntry[]): Activity[] {
	const { completed_at, completion_source } = session;
	if (!completed_at || !completion_source) return [];
	if (entries.some(({ action }) => action === 'session.completed')) return [];
	return [
		{ key: 'complete', icon: 'complete', text: COMPLETED[completion_source], at: completed_at },
	];
}
