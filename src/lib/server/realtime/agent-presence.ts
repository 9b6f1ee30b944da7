import { z } from 'zod';
import { openChat, type OpenChat } from '#lib/contract/session.ts';
import type { OutgoingEvent } from './broadcast.ts';
import { TEAM } from './sockets.ts';

/** Every process tells the others whole what its people have open: on each change, and again after this. */
const REPEAT_MS = 15_000;
/** What a process told counts this long: one that was killed says no goodbye. */
const COUNTS_MS = 45_000;

const NAME = 'agent-presence';
const told = z.object({ process: z.string(), open: z.array(openChat) });

type Person = OpenChat['people'][number];
type Places = Map<string, Map<number, Person>>;

/** Which people of the team have which chat session open, in this process and in the others. */
export class AgentPresence {
	readonly #process = crypto.randomUUID();
	readonly #here = new Map<string, { session_id: string; person: Person }>();
	readonly #elsewhere = new Map<string, { at: number; open: OpenChat[] }>();
	#shown: Places = new Map();
	readonly #emitHere: (outgoing: OutgoingEvent) => void;
	#relay: ((outgoing: OutgoingEvent) => void) | undefined;

	constructor(emitHere: (outgoing: OutgoingEvent) => void) {
		this.#emitHere = emitHere;
	}

	/** Tells the other processes from now on, until the returned function is called. */
	relayTo(relay: (outgoing: OutgoingEvent) => void): () => void {
		this.#relay = relay;
		const timer = setInterval(() => {
			if (this.#here.size > 0) this.#send();
			this.#forgetSilent();
		}, REPEAT_MS);
		timer.unref();
		return () => {
			clearInterval(timer);
			this.#here.clear();
			this.#send();
		};
	}

	/** What this socket's person has open now; null: nothing. */
	set(socketId: string, open: { session_id: string; person: Person } | null): void {
		if (open) this.#here.set(socketId, open);
		else if (!this.#here.delete(socketId)) return;
		this.#send();
		this.#tellChanges();
	}

	/** Takes in what another process told; false: that was something else. */
	heard({ name, payload }: OutgoingEvent): boolean {
		if (name !== NAME) return false;
		const { success, data } = told.safeParse(payload);
		if (success) {
			this.#elsewhere.set(data.process, { at: Date.now(), open: data.open });
			this.#tellChanges();
		}
		return true;
	}

	/** Everything that is open, for somebody who has just come. */
	list(): OpenChat[] {
		return asList(this.#shown);
	}

	#forgetSilent(): void {
		for (const [process, { at }] of this.#elsewhere) {
			if (Date.now() - at > COUNTS_MS) this.#elsewhere.delete(process);
		}
		this.#tellChanges();
	}

	#send(): void {
		const payload = { process: this.#process, open: asList(placesOf(this.#here.values())) };
		this.#relay?.({ namespace: '/agents', room: TEAM, name: NAME, payload });
	}

	#tellChanges(): void {
		const before = this.#shown;
		this.#shown = placesOf(this.#here.values());
		for (const { open } of this.#elsewhere.values()) {
			for (const { session_id, people } of open) {
				for (const person of people) add(this.#shown, session_id, person);
			}
		}
		for (const session_id of new Set([...before.keys(), ...this.#shown.keys()])) {
			const people = this.#shown.get(session_id);
			if (isSame(before.get(session_id), people)) continue;
			const payload = { session_id, people: [...(people?.values() ?? [])] };
			this.#emitHere({ namespace: '/agents', room: TEAM, name: 'agent.presence', payload });
		}
	}
}

function placesOf(open: Iterable<{ session_id: string; person: Person }>): Places {
	const places: Places = new Map();
	for (const { session_id, person } of open) add(places, session_id, person);
	return places;
}

function add(places: Places, session_id: string, person: Person): void {
	const people = places.get(session_id) ?? new Map<number, Person>();
	places.set(session_id, people.set(person.id, person));
}

const asList = (places: Places): OpenChat[] =>
	[...places].map(([session_id, people]) => ({ session_id, people: [...people.values()] }));

const isSame = (one: Map<number, Person> | undefined, other: Map<number, Person> | undefined) =>
	one?.size === other?.size && [...(one?.keys() ?? [])].every((id) => other?.has(id));
