import { createContext } from 'svelte';
import type { Overview } from '#lib/contract/overview.ts';
import { api, call } from '#lib/client/api/call.ts';
import { LiveValue } from '#lib/client/live/live-value.svelte.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';

/** The minimum time between two refreshes while the overview is open. For the navigation rail alone, it is longer. */
const OVERVIEW_INTERVAL_MS = 2_000;
const RAIL_INTERVAL_MS = 15_000;
/** Comparisons with the same time yesterday change even without events. */
const MAX_INTERVAL_MS = 60_000;

/** Returns whether an event may change the overview's figures or the items that need attention. */
function changesOverview(event: LiveEvent): boolean {
	switch (event.name) {
		case 'statistics.updated':
		case 'session.created':
		case 'session.updated':
		case 'session.completed':
		case 'session.deleted':
		case 'message.created':
		case 'lead.updated':
		case 'lead.outcome':
		case 'lead.outcome_cleared':
		case 'review.submitted':
		case 'delivery.updated':
		case 'error.recorded':
		case 'error.resolved':
		case 'error.reopened':
		case 'handoff.requested':
		case 'handoff.taken':
		case 'handoff.missed':
		case 'ai.status_changed':
		case 'site.updated':
			return true;
		default:
			return false;
	}
}

/** Today's figures and items that need attention, for the overview and the navigation rail's counts. */
export class LiveOverview extends LiveValue<Overview> {
	constructor(live: LiveSocket, page: { isOpen: () => boolean; timeZone: () => string }) {
		super(live, {
			fetch: () => call(api.stats.overview.$get({ query: { time_zone: page.timeZone() } })),
			isRelevant: changesOverview,
			minIntervalMs: () => (page.isOpen() ? OVERVIEW_INTERVAL_MS : RAIL_INTERVAL_MS),
			maxIntervalMs: MAX_INTERVAL_MS,
		});
	}
}

export const [getLiveOverview, setLiveOverview] = createContext<LiveOverview>();
