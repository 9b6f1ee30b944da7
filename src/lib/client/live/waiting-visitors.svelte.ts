import { createContext } from 'svelte';
import type { WaitingVisitor } from '#lib/contract/handoff.ts';
import { api, call } from '#lib/client/api/call.ts';
import { LiveValue } from './live-value.svelte.ts';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';

/** The visitors with an open handoff request. */
export class WaitingVisitors extends LiveValue<WaitingVisitor[]> {
	constructor(live: LiveSocket, visitors: WaitingVisitor[]) {
		const source = {
			fetch: async () => (await call(api.handoffs.$get())).items,
			isRelevant: ({ name }: LiveEvent) =>
				name.startsWith('handoff.') || name === 'session.deleted',
			minIntervalMs: () => 500,
		};
		super(live, source, visitors);
	}
}

export const [getWaitingVisitors, setWaitingVisitors] = createContext<WaitingVisitors>();
