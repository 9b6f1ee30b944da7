import type { WidgetSession } from '#lib/contract/widget.ts';
import type { Host } from './host.ts';

/** Tells the page what has come about since; a chat that it hears of for the first time is no news. */
export function tellMilestones(
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
