import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { OpenChat } from '#lib/contract/session.ts';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';

type Person = OpenChat['people'][number];
const NOBODY: readonly Person[] = [];

/** Which chat sessions each teammate has open; announces the one open here. */
export class AgentPresence {
	readonly #people = new SvelteMap<string, readonly Person[]>();
	readonly #live: LiveSocket;
	readonly #self: number;
	#open: string | null = null;
	#announced: string | null = null;

	constructor(live: LiveSocket, self: number) {
		this.#live = live;
		this.#self = self;
	}

	/** Follows the socket until the returned function is called. */
	follow(): () => void {
		const stops = [
			this.#live.subscribe((events) => events.forEach((event) => this.#apply(event))),
			this.#live.onConnected(() => {
				this.#announced = null;
				this.#announce();
			}),
		];
		return () => stops.forEach((stop) => stop());
	}

	/** Returns the teammates who have this chat session open. */
	others(sessionId: string): readonly Person[] {
		return this.#people.get(sessionId) ?? NOBODY;
	}

	/** Sets the chat session open here; null for none, or when the page is hidden. */
	setOpen(sessionId: string | null): void {
		this.#open = sessionId;
		this.#announce();
	}

	/** Announces the open chat session; after a failure the next connection does it again. */
	#announce(): void {
		if (this.#open === this.#announced || this.#live.connection !== 'online') return;
		this.#announced = this.#open;
		this.#live.request('presence:set', { session_id: this.#open }).catch(() => undefined);
	}

	#apply(event: LiveEvent): void {
		if (event.name === 'presence.told') {
			this.#people.clear();
			event.payload.agents.forEach((open) => this.#set(open));
		} else if (event.name === 'agent.presence') this.#set(event.payload);
		else if (event.name === 'session.deleted') this.#people.delete(event.payload.session_id);
	}

	#set({ session_id, people }: OpenChat): void {
		const others = people.filter(({ id }) => id !== this.#self);
		if (others.length > 0) this.#people.set(session_id, others);
		else this.#people.delete(session_id);
	}
}

export const [getAgentPresence, setAgentPresence] = createContext<AgentPresence>();
