import type { Sender } from '#lib/contract/common.ts';
import type { Session } from '#lib/contract/session.ts';

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
