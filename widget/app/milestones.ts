import type { WidgetSession } from '#lib/contract/widget.ts';
import type { Host } from './host.ts';

/** Publishes to the host page what a session has newly reached. A session seen for the first time publishes nothing. */
export function publishMilestones(
	host: Host | null,
	was: WidgetSession | null,
	session: WidgetSession,
): void {
	if (was?.session_id !== session.session_id) return;
	if (!isLead(was) && isLead(session)) host?.emit('lead');
	if (!isComplete(was) && isComplete(session)) host?.emit('completed');
}

const isComplete = ({ completion_status }: WidgetSession) => completion_status === 'complete';
const isLead = (session: WidgetSession) => session.has_contact || isComplete(session);
