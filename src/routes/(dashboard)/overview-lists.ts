import type { InboxFilter } from '#lib/client/inbox/session-filter.ts';
import type { Session } from '#lib/contract/session.ts';

/** What the overview's lists are cut from: the same live lists as the inbox has. */
export const openChats: InboxFilter = {
	archive_status: 'active',
	completion_status: 'in_progress',
};
export const completedChats: InboxFilter = {
	archive_status: 'active',
	completion_status: 'complete',
};

const RECENT = 6;

/** The last completions, newest first; tries of the AI are none. */
export const recentlyCompleted = (sessions: readonly Session[]): Session[] =>
	sessions
		.filter(({ channel, completed_at }) => channel !== 'test' && completed_at !== null)
		.sort((a, b) => (b.completed_at ?? '').localeCompare(a.completed_at ?? ''))
		.slice(0, RECENT);
