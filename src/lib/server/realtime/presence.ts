import type { EventBus } from '../core/events.ts';
import { AgentPresence } from './agent-presence.ts';
import { EVERYONE, type OutgoingEvent } from './connections.ts';
import type { Relay } from './relay.ts';
import { VisitorPresence } from './visitor-presence.ts';

/** Tracks who is online in all processes. Only processes with agents follow the presence of the others. */
export class Presence {
	readonly agents: AgentPresence;
	readonly visitors: VisitorPresence;
	#relay: Relay | undefined;
	#loading: Promise<void> | undefined;

	constructor(
		events: Pick<EventBus<never>, 'onPublished'>,
		emitHere: (outgoing: OutgoingEvent) => void,
	) {
		this.agents = new AgentPresence(emitHere);
		this.visitors = new VisitorPresence(events);
	}

	/** Exchanges presence with the other processes until the returned function is called. */
	relayThrough(relay: Relay): () => void {
		this.#relay = relay;
		const send = (outgoing: OutgoingEvent) => relay.send(outgoing);
		const stops = [this.agents, this.visitors].map((each) => each.relayTo(send));
		return () => stops.forEach((stop) => stop());
	}

	/** Applies an event of another process. Returns whether it must not be emitted to sockets of this process. */
	receive(outgoing: OutgoingEvent): boolean {
		return this.agents.receive(outgoing) || this.visitors.receive(outgoing);
	}

	/** Returns who is online, for a socket that has just connected. */
	list() {
		return { agents: this.agents.list(), visitors: this.visitors.list() };
	}

	/** Asks the other processes who is online, once until `forget`: heartbeats and events keep the answers current. */
	load(): Promise<void> {
		const room = { namespace: '/agents', room: EVERYONE } as const;
		this.#loading ??= this.#relay?.ask(room, { about: 'presence' }, (answer) => {
			for (const part of [this.agents, this.visitors]) part.addAnswer(answer);
		});
		return this.#loading ?? Promise.resolve();
	}

	/** Returns what another process asks for in `load`. */
	answer(): object {
		return { ...this.agents.answer(), ...this.visitors.answer() };
	}

	/** Forgets who is online in other processes, because their events no longer arrive. */
	forget(): void {
		this.#loading = undefined;
		this.agents.forget();
		this.visitors.forget();
	}
}
