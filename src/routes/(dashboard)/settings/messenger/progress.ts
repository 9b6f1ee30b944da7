import type { MessengerPage, MessengerState } from '#lib/contract/messenger.ts';

/** Returns whether messages can be sent from a page. */
export const isAbleToSend = ({ token, needs_reconnect }: MessengerPage): boolean =>
	token !== 'none' && !needs_reconnect;

/** Returns when Facebook last sent an event for any page, or null. */
export const getLastEventAt = ({ pages }: MessengerState): string | null =>
	pages.reduce<string | null>(
		(last, { last_event_at: at }) => (at !== null && (last === null || at > last) ? at : last),
		null,
	);
