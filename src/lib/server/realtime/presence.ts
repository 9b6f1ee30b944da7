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
		emitLocally: (outgoing: OutgoingEvent) => void,
	) {
		this.agents = new AgentPresence(emitLocally);
		this.visitors = new VisitorPresence(events);
	}

	/** Exchanges presence with the other processes until the returned function is called. */
	relayThrough(relay: Relay): () => void {
		this.#relay = relay;
		const send = (outgoing: OutgoingEvent) => relay.send(outgoing);
		const stops = [this.agents, this.visitors].map((presence) => presence.relayTo(send));
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

	/** Asks the other processes who is online. Asks only once until `forgetRemote`, because heartbeats and events keep the answers current. */
	load(): Promise<void> {
		const room = { namespace: '/agents', room: EVERYONE } as const;
		this.#loading ??= this.#relay?.ask(room, { about: 'presence' }, (answer) => {
			for (const presence of [this.agents, this.visitors]) presence.applyRemoteState(answer);
		});
		return this.#loading ?? Promise.resolve();
	}

	/** Returns who is online in this process, to answer the `load` of another process. */
	getLocalState(): object {
		return { ...this.agents.getLocalState(), ...this.visitors.getLocalState() };
	}

	/** Forgets who is online in other processes, because their events no longer arrive. */
	forgetRemote(): void {
		this.#loading = undefined;
		this.agents.forgetRemote();
		this.visitors.forgetRemote();
	}
}
