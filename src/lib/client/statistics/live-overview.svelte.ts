import { createContext } from 'svelte';
import type { Overview } from '#lib/contract/overview.ts';
import { api, call } from '#lib/client/api/call.ts';
import { LiveValue } from '#lib/client/live/live-value.svelte.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';

/** While the overview itself is open; the rail, which shows a little of it, is content with less. */
const OPEN_MS = 2_000;
const BESIDE_MS = 15_000;
/** "By this time of the day" moves on though nothing happens. */
const CLOCK_MS = 60_000;

/** Whether an event changes a figure of the overview: a counter, or what needs attention. */
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

/** Today's numbers and what needs attention, kept for the overview and for the rail's counts. */
export class LiveOverview extends LiveValue<Overview> {
	constructor(live: LiveSocket, page: { isOpen: () => boolean; timeZone: () => string }) {
		super(live, {
			fetch: () => call(api.stats.overview.$get({ query: { time_zone: page.timeZone() } })),
			isConcerned: changesOverview,
			everyMs: () => (page.isOpen() ? OPEN_MS : BESIDE_MS),
			atLeastEveryMs: CLOCK_MS,
		});
	}
}

export const [getOverviewNumbers, setOverviewNumbers] = createContext<LiveOverview>();
