import type { InboxFilter } from '#lib/client/inbox/session-filter.ts';
import type { Session } from '#lib/contract/session.ts';

/** The inbox filters of the overview's lists. */
export const openChatsFilter: InboxFilter = {
	archive_status: 'active',
	completion_status: 'in_progress',
};
export const completedChatsFilter: InboxFilter = {
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
