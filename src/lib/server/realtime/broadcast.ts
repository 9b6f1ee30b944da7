import type { App } from '../core/context.ts';
import type { AppEvent } from '../core/events.ts';
import { presentForWidget } from '../conversations/messages/index.ts';
import { presentSessionForWidget } from '../conversations/sessions/index.ts';
import { ADMINS, readersOf, socketsOf, TEAM, visitorsOf, watchersOf, type Io } from './sockets.ts';

/** One event for one room, as it is handed to sockets here and to other processes. */
export interface Telling {
	namespace: '/widget' | '/agents';
	room: string;
	name: string;
	payload: object;
	/** The socket that knows already, because it is answered. */
	except?: string;
}

/** No room: all sockets of both namespaces. */
const EVERYBODY = '*';

/** Which rooms hear of an event. */
function tellings(event: AppEvent): Telling[] {
	const { name, payload } = event;
	const team = (): Telling => ({ namespace: '/agents', room: TEAM, name, payload });
	const readers = (scope: Parameters<typeof readersOf>[0]): Telling => ({
		...team(),
		room: readersOf(scope),
	});
	const watchers = (sessionId: string): Telling => ({
		namespace: '/agents',
		room: watchersOf(sessionId),
		name,
		payload,
	});
	const visitors = (sessionId: string, shown: object = payload): Telling => ({
		namespace: '/widget',
		room: visitorsOf(sessionId),
		name,
		payload: shown,
	});
	switch (name) {
		case 'message.created': {
			const { session_id, message } = payload;
			return [team(), visitors(session_id, { session_id, message: presentForWidget(message) })];
		}
		case 'session.updated':
			return [
				team(),
				visitors(payload.session.session_id, { session: presentSessionForWidget(payload.session) }),
			];
		case 'reply.started':
		case 'reply.delta':
		case 'typing.changed':
			return [watchers(payload.session_id), visitors(payload.session_id)];
		case 'reply.finished': {
			const { session_id, reply_id, message } = payload;
			const shown = { session_id, reply_id, message: message && presentForWidget(message) };
			return [watchers(session_id), visitors(session_id, shown)];
		}
		case 'agent.joined':
		case 'agent.left':
			return [visitors(payload.session_id)];
		case 'session.deleted':
			return [team(), { ...visitors(payload.session_id), name: 'visitor.signed_out' }];
		case 'visitor.signed_out':
			return [visitors(payload.session_id)];
		case 'session.created':
		case 'session.completed':
		case 'lead.updated':
		case 'note.created':
		case 'note.updated':
		case 'note.deleted':
		case 'review.submitted':
		case 'review.queued':
		case 'review.lock_changed':
		case 'lead.overdue':
		case 'site.updated':
		case 'visitor.presence':
			return [team()];
		case 'delivery.updated':
			return [readers('leads:read')];
		case 'error.recorded':
		case 'error.resolved':
		case 'error.reopened':
			return [readers('errors:read')];
		case 'trial.finished':
			return [watchers(payload.session_id)];
		case 'replay.updated': {
			const { user_id, replay } = payload;
			return [{ namespace: '/agents', room: socketsOf(user_id), name, payload: { replay } }];
		}
		case 'live.resumed':
			return [{ namespace: '/agents', room: EVERYBODY, name, payload }];
		case 'mail.updated':
		case 'audit.added':
			return [{ namespace: '/agents', room: ADMINS, name, payload }];
		case 'user.signed_out':
			return [{ namespace: '/agents', room: socketsOf(payload.user_id), name, payload }];
		case 'session.abandoned':
		case 'turn.due':
		case 'messenger.received':
		case 'messenger.queued':
		case 'database.lost':
			return [];
	}
}

/**
 * Tells sockets of what was published: those of this process at once, and by a relay those of the others, so that a
 * Redis that is away holds up nobody here.
 */
export class Broadcast {
	readonly #io: Io;
	#relay: ((telling: Telling) => void) | undefined;
	/** Messages that a socket is sending now, by their client ids: the socket is told by its acknowledgement. */
	readonly #senders = new Map<string, string>();

	constructor(app: App, io: Io) {
		this.#io = io;
		app.events.onPublished((event) => {
			for (const telling of tellings(event)) {
				const except = this.#senderOf(event);
				const addressed = except === undefined ? telling : { ...telling, except };
				this.tellHere(addressed);
				this.#relay?.(telling);
			}
		});
	}

	relayTo(relay: (telling: Telling) => void): void {
		this.#relay = relay;
	}

	/** Tells every client of this process that it may have missed something. */
	tellResumed(): void {
		for (const name of ['/widget', '/agents'] as const)
			emit(this.#io.of(name).local, 'live.resumed', {});
	}

	/** Hands an event to the sockets of this process. */
	tellHere({ namespace, room, name, payload, except }: Telling): void {
		if (room === EVERYBODY) return this.tellResumed();
		// Their next handshake is refused, and the widget starts a new chat.
		if (name === 'visitor.signed_out') {
			this.#io.of(namespace).local.in(room).disconnectSockets();
			return;
		}
		const { adapter, sockets } = this.#io.of(namespace);
		const members = adapter.rooms.get(room);
		if (!members || (except !== undefined && members.size === 1 && members.has(except))) return;
		if (members.size === 1) {
			const [only] = members;
			emit(only === undefined ? undefined : sockets.get(only), name, payload);
			return;
		}
		const target = this.#io.of(namespace).local.to(room);
		emit(except === undefined ? target : target.except(except), name, payload);
	}

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

	#senderOf({ name, payload }: AppEvent): string | undefined {
		if (name !== 'message.created' || this.#senders.size === 0) return undefined;
		return this.#senders.get(payload.message.client_message_id ?? '');
	}
}

interface Emitting {
	emit(name: string, payload: object): unknown;
}

/** The rooms of both namespaces are told alike; which payload a fact has is the contract's matter. */
const emit = (target: unknown, name: string, payload: object) =>
	(target as Emitting | undefined)?.emit(name, payload);
