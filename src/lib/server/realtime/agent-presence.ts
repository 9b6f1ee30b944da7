import { z } from 'zod';
import { openChat, type OpenChat } from '#lib/contract/session.ts';
import { type OutgoingEvent, TEAM } from './connections.ts';

/** Each process sends the others its full list of open chats on every change, and again at this interval. */
const HEARTBEAT_MS = 15_000;
/** The time after which a list expires, since a killed process can't withdraw it. */
const EXPIRY_MS = 45_000;

const HEARTBEAT_EVENT = 'agent-presence';
const heartbeat = z.object({ process: z.string(), open: z.array(openChat) });

type Person = OpenChat['people'][number];
type PeopleBySession = Map<string, Map<number, Person>>;

/** Tracks which chat sessions the team's users have open, in this process and in the others. */
export class AgentPresence {
	readonly #process = crypto.randomUUID();
	/** The open chats of this process, by socket. */
	readonly #local = new Map<string, { session_id: string; person: Person }>();
	/** The open chats of other processes, by process. */
	readonly #remote = new Map<string, { at: number; open: OpenChat[] }>();
	#current: PeopleBySession = new Map();
	readonly #emitLocally: (outgoing: OutgoingEvent) => void;
	#relay: ((outgoing: OutgoingEvent) => void) | undefined;

	constructor(emitLocally: (outgoing: OutgoingEvent) => void) {
		this.#emitLocally = emitLocally;
	}

	/** Sends changes to the other processes until the returned function is called. */
	relayTo(relay: (outgoing: OutgoingEvent) => void): () => void {
		this.#relay = relay;
		const timer = setInterval(() => {
			if (this.#local.size > 0) this.#sendHeartbeat();
			this.#removeExpired();
		}, HEARTBEAT_MS);
		timer.unref();
		return () => {
			clearInterval(timer);
			this.#local.clear();
			this.#sendHeartbeat();
		};
	}

	/** Sets the chat session that a socket's user has open; null for none. */
	set(socketId: string, open: { session_id: string; person: Person } | null): void {
		if (open) this.#local.set(socketId, open);
		else if (!this.#local.delete(socketId)) return;
		this.#sendHeartbeat();
		this.#publishChanges();
	}

	/** Applies a heartbeat of another process. Returns false for any other event. */
	receive({ name, payload }: OutgoingEvent): boolean {
		if (name !== HEARTBEAT_EVENT) return false;
		this.applyRemoteState(payload);
		return true;
	}

	/** Applies the state that another process sent in a heartbeat or as its `answer` to `Presence.load`. */
	applyRemoteState(answer: unknown): void {
		const { success, data } = heartbeat.safeParse(answer);
		if (!success) return;
		this.#remote.set(data.process, { at: performance.now(), open: data.open });
		this.#publishChanges();
	}

	/** Returns the open chat sessions of this process. */
	getLocalState(): z.infer<typeof heartbeat> {
		return {
			process: this.#process,
			open: toOpenChats(groupBySession(this.#local.values())),
		};
	}

	/** Forgets the open chat sessions of other processes. */
	forgetRemote(): void {
		this.#remote.clear();
		this.#publishChanges();
	}

	/** Returns all open chat sessions with their users, for a socket that has just connected. */
	list(): OpenChat[] {
		return toOpenChats(this.#current);
	}

	#removeExpired(): void {
		for (const [process, { at }] of this.#remote) {
			if (performance.now() - at > EXPIRY_MS) this.#remote.delete(process);
		}
		this.#publishChanges();
	}

	#sendHeartbeat(): void {
		const payload = this.getLocalState();
		this.#relay?.({ namespace: '/agents', room: TEAM, name: HEARTBEAT_EVENT, payload });
	}

	#publishChanges(): void {
		const previous = this.#current;
		this.#current = groupBySession(this.#local.values());
		for (const { open } of this.#remote.values()) {
			for (const { session_id, people } of open) {
				for (const person of people) add(this.#current, session_id, person);
			}
		}
		for (const session_id of new Set([...previous.keys(), ...this.#current.keys()])) {
			const people = this.#current.get(session_id);
			if (hasSamePeople(previous.get(session_id), people)) continue;
			const payload = { session_id, people: [...(people?.values() ?? [])] };
			this.#emitLocally({ namespace: '/agents', room: TEAM, name: 'agent.presence', payload });
		}
	}
}

function groupBySession(open: Iterable<{ session_id: string; person: Person }>): PeopleBySession {
	const sessions: PeopleBySession = new Map();
	for (const { session_id, person } of open) add(sessions, session_id, person);
	return sessions;
}

function add(sessions: PeopleBySession, session_id: string, person: Person): void {
	const people = sessions.get(session_id) ?? new Map<number, Person>();
	sessions.set(session_id, people.set(person.id, person));
}

const toOpenChats = (sessions: PeopleBySession): OpenChat[] =>
	[...sessions].map(([session_id, people]) => ({ session_id, people: [...people.values()] }));

const hasSamePeople = (
	previous: Map<number, Person> | undefined,
	current: Map<number, Person> | undefined,
) =>
	previous?.size === current?.size && [...(previous?.keys() ?? [])].every((id) => current?.has(id));
