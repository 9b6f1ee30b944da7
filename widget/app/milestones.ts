import type { WidgetSession } from '#lib/contract/widget.ts';
import type { Host } from './host.ts';

/** Publishes a session's new milestones to the host page. Publishes nothing for a session seen for the first time. */
export function publishMilestones(
	host: Host | null,
	previous: WidgetSession | null,
	session: WidgetSession,
): void {
	if (previous?.session_id !== session.session_id) return;
	if (!isLead(previous) && isLead(session)) host?.emit('lead');
	if (!isComplete(previous) && isComplete(session)) host?.emit('completed');
}

const isComplete = ({ completion_status }: WidgetSession) => completion_status === 'complete';
const isLead = (session: WidgetSession) => session.has_contact || isComplete(session);
