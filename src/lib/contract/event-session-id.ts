// Separate from all-events.ts because the dashboard uses it, and must not load the schemas.
import type { AppEvent } from './all-events.ts';

/** Returns the public id of the chat session that a payload is about, if any. */
export function getEventSessionId(payload: AppEvent['payload']): string | undefined {
	if ('session_id' in payload) return payload.session_id;
	return 'session' in payload ? payload.session.session_id : undefined;
}
