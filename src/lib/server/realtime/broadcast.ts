import { getEventOptions, type AppEvent } from '#lib/contract/all-events.ts';
import { getEventSessionId } from '#lib/contract/event-session-id.ts';
import type { AgentAudience } from '#lib/contract/define-event.ts';
import type { App } from '../core/context.ts';
import {
	ADMINS,
	type AgentSocket,
	EVERYONE,
	type Io,
	type OutgoingEvent,
	getReadersRoom,
	type SharedRoom,
	getUserRoom,
	TEAM,
	getVisitorsRoom,
	getWatchersRoom,
	type WidgetSocket,
} from './connections.ts';
import type { Relay } from './relay.ts';

/** Returns the rooms that receive an event, by its audience in the contract's table. */
export function routeEvent({ name, payload }: AppEvent): OutgoingEvent[] {
	const { agents, visitor } = getEventOptions(name);
	const outgoing: OutgoingEvent[] = [];
	const room = agents && getRoom(agents, payload);
	if (room !== undefined) outgoing.push({ namespace: '/agents', room, name, payload });
	if (visitor === undefined || visitor === 'everyone' || visitor === 'connection') return outgoing;
	const visitorEvent = {
		name: visitor === 'sign-out' ? SIGN_OUT : name,
		payload: typeof visitor === 'object' ? visitor.present(payload) : payload,
	};
	outgoing.push({
		namespace: '/widget',
		room: getVisitorsRoom(getSessionId(payload)),
		...visitorEvent,
	});
	return outgoing;
}

/** An event that disconnects the sockets in its room instead of being emitted to them. */
const SIGN_OUT = 'visitor.signed_out';

function getRoom(audience: AgentAudience, payload: AppEvent['payload']): string | undefined {
	switch (audience) {
		case 'team':
			return TEAM;
		case 'admins':
			return ADMINS;
		case 'leads:read':
		case 'errors:read':
		case 'quality:read':
			return getReadersRoom(audience);
		case 'watchers':
			return getWatchersRoom(getSessionId(payload));
		case 'user':
			return 'user_id' in payload ? getUserRoom(payload.user_id) : undefined;
		case 'everyone':
			return EVERYONE;
		case 'connection':
			return undefined;
	}
}

/** Never empty in practice: `event()` in the contract requires a session id for these audiences. */
const getSessionId = (payload: AppEvent['payload']) => getEventSessionId(payload) ?? '';

/**
 * Emits published events to sockets: directly in this process, and through the relay in other processes. An unavailable
 * Redis therefore delays no socket of this process.
 */
export class Broadcast {
	readonly #io: Io;
	#relay: Relay | undefined;
	/** The ids of the sockets that are sending a message, by client message id. */
	readonly #senders = new Map<string, string>();

	constructor(app: App, io: Io) {
		this.#io = io;
		app.events.onPublished((event) => {
			const except = this.#findSender(event);
			for (const outgoing of routeEvent(event)) {
				this.emitLocally(except === undefined ? outgoing : { ...outgoing, except });
				this.#relay?.send(outgoing);
			}
		});
	}

	relayThrough(relay: Relay): void {
		this.#relay = relay;
	}

	/**
	 * Adds a socket to rooms. Resolves once events of other processes reach this one, so that state that is read afterwards
	 * misses none.
	 */
	async join(socket: JoiningSocket, rooms: string[]): Promise<void> {
		await socket.join(rooms);
		const namespace = socket.nsp.name as SharedRoom['namespace'];
		await this.#relay?.waitUntilActive(rooms.map((room) => ({ namespace, room })));
	}

	/** Asks the clients of this process, or those in a room, to catch up, since they may have missed events. */
	emitResumed(room?: SharedRoom): void {
		if (room && room.room !== EVERYONE) {
			emit(this.#io.of(room.namespace).local.in(room.room), 'live.resumed', {});
			return;
		}
		for (const name of ['/widget', '/agents'] as const)
			emit(this.#io.of(name).local, 'live.resumed', {});
	}

	/** Emits an event to the sockets of this process. */
	emitLocally({ namespace, room, name, payload, except }: OutgoingEvent): void {
		if (room === EVERYONE) return this.emitResumed();
		const { adapter, sockets } = this.#io.of(namespace);
		if (name === SIGN_OUT) {
			// The widget's next handshake is refused, and it starts a new chat.
			this.#io.of(namespace).local.in(room).disconnectSockets();
			// Sockets still in their handshake aren't in `sockets` yet. Their handshake fails because they left the room.
			for (const socketId of [...(adapter.rooms.get(room) ?? [])]) void adapter.del(socketId, room);
			return;
		}
		const members = adapter.rooms.get(room);
		if (!members || (except !== undefined && members.size === 1 && members.has(except))) return;
		if (members.size === 1) {
			const [socketId] = members;
			emit(socketId === undefined ? undefined : sockets.get(socketId), name, payload);
			return;
		}
		const target = this.#io.of(namespace).local.to(room);
		emit(except === undefined ? target : target.except(except), name, payload);
	}

	/** Runs `work`, which stores a message, without emitting that message to the socket that sent it. */
	async withSender<T>(
		clientMessageId: string,
		socketId: string,
		work: () => Promise<T>,
	): Promise<T> {
		this.#senders.set(clientMessageId, socketId);
		try {
			return await work();
		} finally {
			this.#senders.delete(clientMessageId);
		}
	}

	#findSender({ name, payload }: AppEvent): string | undefined {
		if (name !== 'message.created' || this.#senders.size === 0) return undefined;
		return this.#senders.get(payload.message.client_message_id ?? '');
	}
}

type JoiningSocket = Pick<AgentSocket | WidgetSocket, 'nsp' | 'rooms' | 'join'>;

interface Emitter {
	emit(name: string, payload: object): unknown;
}

/** The cast replaces the types of the namespaces: the contract's event table already types the payloads. */
const emit = (target: unknown, name: string, payload: object) =>
	(target as Emitter | undefined)?.emit(name, payload);
