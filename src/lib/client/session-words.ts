import type { CompletionSource, Sender } from '$lib/contract/common';
import type { Review } from '$lib/contract/review';
import type { Session } from '$lib/contract/session';

/** How the team calls a chat session's visitor. */
export const visitorName = (session: Pick<Session, 'id' | 'visitor_name'>) =>
	session.visitor_name ?? `Visitor ${session.id}`;

/** The name in a sentence: "Maya", or "the visitor". */
export const firstName = (session: Pick<Session, 'visitor_name'>) =>
	session.visitor_name?.trim().split(/\s+/)[0] || 'the visitor';

/** Who said the last line: nothing before the visitor's own words. */
export function speakerPrefix(sender: Sender, session: Session, userId: number): string {
	switch (sender) {
		case 'visitor':
		case 'system':
			return '';
		case 'ai':
			return 'AI: ';
		case 'agent':
			if (session.assignee?.id === userId) return 'You: ';
			return session.assignee ? `${session.assignee.name}: ` : 'Team: ';
	}
}

/** An address without what every address has: "example.com/free-estimate". */
export function shortUrl(address: string): string {
	const url = URL.parse(address);
	if (!url?.host) return address;
	return url.host.replace(/^www\./, '') + (url.pathname === '/' ? '' : url.pathname);
}

/** The path of an address on a site that is named beside it; its host where there is no path. */
export function pathOf(address: string): string {
	const url = URL.parse(address);
	return url && url.pathname !== '/' ? url.pathname : shortUrl(address);
}

/** Only addresses of the web become links: a page address comes from outside. */
export function webUrl(address: string): string | undefined {
	const url = URL.parse(address);
	return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined;
}

export interface Activity {
	icon: 'start' | 'agent' | 'complete' | 'archive' | 'review';
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
const REVIEWED = {
	unchecked: 'reset the review',
	passed: 'marked it as passed',
	issue: 'raised an issue',
	fixed: 'marked it as fixed',
};

/** What happened to a chat session, newest first. */
export function activityOf(session: Session, reviews: readonly Review[]): Activity[] {
	const past: Activity[] = [{ icon: 'start', text: 'Chat started', at: session.created_at }];
	if (session.completed_at && session.completion_source) {
		const text = COMPLETED[session.completion_source];
		past.push({ icon: 'complete', text, at: session.completed_at });
	}
	if (session.archived_at)
		past.push({ icon: 'archive', text: 'Archived', at: session.archived_at });
	for (const { reviewer, qa_status, created_at } of reviews) {
		past.push({ icon: 'review', text: `${reviewer} ${REVIEWED[qa_status]}`, at: created_at });
	}
	past.sort((a, b) => ((a.at ?? '') < (b.at ?? '') ? 1 : -1));
	if (!session.ai_paused) return past;
	const who = session.assignee?.name ?? 'A person';
	return [{ icon: 'agent', text: `${who} is answering`, at: null }, ...past];
}
