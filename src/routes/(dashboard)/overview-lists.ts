import type { InboxFilter } from '#lib/client/inbox/session-filter.ts';
import type { Session } from '#lib/contract/session.ts';

/** Filters of the overview's lists, which are inbox lists. */
export const openChats: InboxFilter = {
	archive_status: 'active',
	completion_status: 'in_progress',
};
export const completedChats: InboxFilter = {
	archive_status: 'active',
	completion_status: 'complete',
};

const MAX_RECENT = 6;

/** Returns the latest completions, newest first, without test chats. */
export const listRecentlyCompleted = (sessions: readonly Session[]): Session[] =>
	sessions
		.filter(({ channel, completed_at }) => channel !== 'test' && completed_at !== null)
		.sort((a, b) => (b.completed_at ?? '').localeCompare(a.completed_at ?? ''))
		.slice(0, MAX_RECENT);
