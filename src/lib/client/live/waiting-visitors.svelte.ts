import { createContext } from 'svelte';
import type { WaitingVisitor } from '#lib/contract/handoff.ts';
import { api, call } from '#lib/client/api/call.ts';
import { LiveValue } from './live-value.svelte.ts';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';

/** The visitors who wait for a person now. */
export class WaitingVisitors extends LiveValue<WaitingVisitor[]> {
	constructor(live: LiveSocket, visitors: WaitingVisitor[]) {
		const source = {
			fetch: async () => (await call(api.handoffs.$get())).items,
			isConcerned: ({ name }: LiveEvent) =>
				name.startsWith('handoff.') || name === 'session.deleted',
			everyMs: () => 500,
		};
		super(live, source, visitors);
	}
}

export const [getWaitingVisitors, setWaitingVisitors] = createContext<WaitingVisitors>();
