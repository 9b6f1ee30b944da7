import { afterEach, expect, it, vi } from 'vitest';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import type { LeadCounts } from '#lib/contract/lead-list.ts';
import { LiveLeadCounts } from './lead-list.svelte.ts';

afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

it.each(['lead.outcome', 'lead.outcome_cleared'])('counts again after %s', async (name) => {
	vi.useFakeTimers();
	const received = { all: 2 } as LeadCounts;
	vi.stubGlobal('fetch', () => Promise.resolve(Response.json(received)));
	vi.stubGlobal('document', { visibilityState: 'visible', addEventListener: vi.fn() });
	let publish: (events: LiveEvent[]) => void = () => undefined;
	const live = {
		subscribe: (listener: typeof publish) => ((publish = listener), () => undefined),
		onConnected: () => () => undefined,
	} as unknown as LiveSocket;
	const view = { tab: 'all', sort: 'newest', outcome: 'won' } as const;
	const counts = new LiveLeadCounts(live, { all: 1 } as LeadCounts, view);
	counts.follow();
	publish([{ name } as LiveEvent]);
	await vi.advanceTimersByTimeAsync(2_000);
	expect(counts.value).toEqual(received);
});
