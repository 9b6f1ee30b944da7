import type { Session } from '#lib/contract/session.ts';

/** A chat that goes on without news of its visitor counts as live this long after its last message. */
const RECENT_MS = 3 * 60_000;

/** Whether a visitor is there at this moment: known from their connection, else from how fresh the chat is. */
export function isLive(
	session: Session,
	presence: { is_online: boolean } | undefined,
	now: number,
): boolean {
	if (presence) return presence.is_online;
	return (
		session.completion_status === 'in_progress' &&
		now - Date.parse(session.last_activity_at) < RECENT_MS
	);
}
