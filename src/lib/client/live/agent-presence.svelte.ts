import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { OpenChat } from '#lib/contract/session.ts';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';

type Teammate = OpenChat['people'][number];
const NO_TEAMMATES: readonly Teammate[] = [];

/** Tracks which chat sessions each teammate has open, and announces the one open here. */
export class AgentPresence {
	readonly #teammates = new SvelteMap<string, readonly Teammate[]>();
	readonly #live: LiveSocket;
	readonly #userId: number;
	#openChatId: string | null = null;
	#announcedChatId: string | null = null;

	constructor(live: LiveSocket, userId: number) {
		this.#live = live;
		this.#userId = userId;
	}

	/** Tracks and announces until the returned function is called. */
	follow(): () => void {
		const unsubscribers = [
			this.#live.subscribe((events) => events.forEach((event) => this.#apply(event))),
			this.#live.onConnected(() => {
				this.#announcedChatId = null;
				this.#announce();
			}),
		];
		return () => unsubscribers.forEach((unsubscribe) => unsubscribe());
	}

	/** Returns the teammates who have this chat session open. */
	listOthers(sessionId: string): readonly Teammate[] {
		return this.#teammates.get(sessionId) ?? NO_TEAMMATES;
	}

	/** Sets the chat session open here; null for none, or when the page is hidden. */
	setOpen(sessionId: string | null): void {
		this.#openChatId = sessionId;
		this.#announce();
	}

	/** Announces the open chat session; after a failure, the next reconnect retries. */
	#announce(): void {
		if (this.#openChatId === this.#announcedChatId || this.#live.connection !== 'online') return;
		this.#announcedChatId = this.#openChatId;
		this.#live.request('presence:set', { session_id: this.#openChatId }).catch(() => undefined);
	}

	#apply(event: LiveEvent): void {
		if (event.name === 'presence.listed') {
			this.#teammates.clear();
			event.payload.agents.forEach((open) => this.#set(open));
		} else if (event.name === 'agent.presence') this.#set(event.payload);
		else if (event.name === 'session.deleted') this.#teammates.delete(event.payload.session_id);
	}

	#set({ session_id, people }: OpenChat): void {
		const others = people.filter(({ id }) => id !== this.#userId);
		if (others.length > 0) this.#teammates.set(session_id, others);
		else this.#teammates.delete(session_id);
	}
}

export const [getAgentPresence, setAgentPresence] = createContext<AgentPresence>();
