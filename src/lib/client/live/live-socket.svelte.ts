import { io, type Socket } from 'socket.io-client';
import { createContext, untrack } from 'svelte';
import { toSentence } from '#lib/client/api/call.ts';
import type { agentEvents } from '#lib/contract/all-events.ts';
import type { AuditAction } from '#lib/contract/events.ts';
import type { Ack, agentRequests, AgentResponses } from '#lib/contract/live.ts';
import type { z } from 'zod';

type Name = keyof typeof agentEvents;

/** One event of the dashboard's socket. */
export type LiveEvent = {
	[K in Name]: { name: K; payload: z.infer<(typeof agentEvents)[K]> };
}[Name];

/** Hidden pages paint no frames, so items are delivered after this timeout at the latest. */
const HIDDEN_FLUSH_MS = 500;

/** Batches items and delivers them once per frame. */
function createFrameQueue<T>(deliver: (items: T[]) => void): {
	push(item: T): void;
	close(): void;
} {
	let items: T[] = [];
	let frame: number | undefined;
	let timer: ReturnType<typeof setTimeout> | undefined;
	const stop = () => {
		if (frame !== undefined) cancelAnimationFrame(frame);
		clearTimeout(timer);
		frame = timer = undefined;
	};
	const flush = () => {
		stop();
		const batch = items;
		items = [];
		deliver(batch);
	};
	return {
		push(item) {
			items.push(item);
			frame ??= requestAnimationFrame(flush);
			timer ??= setTimeout(flush, HIDDEN_FLUSH_MS);
		},
		close() {
			stop();
			items = [];
		},
	};
}

const REQUEST_TIMEOUT_MS = 10_000;
const REJECTED_RETRY_MS = 5_000;

type Requests = typeof agentRequests;

export type Connection = 'connecting' | 'online' | 'offline';
type Listener = (events: LiveEvent[]) => void;

/** The dashboard's socket: delivers events to subscribers once per frame, and sends requests. */
export class LiveSocket {
	connection = $state<Connection>('connecting');
	#socket: Socket | undefined;
	#listeners = new Set<Listener>();
	#catchUps = new Set<() => void>();
	#queue = createFrameQueue<LiveEvent>((events) => {
		for (const listener of this.#listeners) listener(events);
	});

	/** Connects until the returned function is called; calls `onSignedOut` when the auth session has ended. */
	connect(onSignedOut: () => void): () => void {
		const socket: Socket = io('/agents', {
			transports: ['websocket', 'polling'],
			reconnectionDelay: 500,
			reconnectionDelayMax: 3_000,
			timeout: REQUEST_TIMEOUT_MS,
		});
		this.#socket = socket;
		let retry: ReturnType<typeof setTimeout> | undefined;
		socket.on('connect', () => {
			this.connection = 'online';
			this.#catchUp();
		});
		socket.on('disconnect', (reason) => {
			this.connection = 'offline';
			// The server closed the connection: reconnecting shows whether the user was signed out or the server restarted.
			if (reason === 'io server disconnect') socket.connect();
		});
		socket.on('connect_error', (error) => {
			this.connection = 'offline';
			if (isUnauthorized(error)) onSignedOut();
			else if (!socket.active) retry = setTimeout(() => socket.connect(), REJECTED_RETRY_MS);
		});
		// Payloads are not validated: they come from the server that also served the page, and the schemas would be a quarter of the initial load.
		socket.onAny((name: LiveEvent['name'], payload: LiveEvent['payload']) => {
			if (name === 'live.resumed') this.#catchUp();
			else this.#queue.push({ name, payload } as LiveEvent);
		});
		return () => {
			clearTimeout(retry);
			socket.disconnect();
			this.#queue.close();
			this.#socket = undefined;
		};
	}

	#catchUp(): void {
		for (const catchUp of this.#catchUps) catchUp();
	}

	/** Calls the listener with the events of each frame. */
	subscribe(listener: Listener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Registers a callback for when events may have been missed: after each connect, and when the server reports a gap. */
	onConnected(catchUp: () => void): () => void {
		this.#catchUps.add(catchUp);
		// Untracked, so that an effect that subscribes does not rerun when the connection changes.
		if (untrack(() => this.connection) === 'online') catchUp();
		return () => this.#catchUps.delete(catchUp);
	}

	/** Delivers an event about the user's own action to all subscribers. */
	publish(event: LiveEvent): void {
		this.#queue.push(event);
	}

	/** Sends a request, once connected. Throws an Error whose message can be shown. */
	async request<K extends keyof AgentResponses>(
		name: K,
		payload: z.input<Requests[K]>,
	): Promise<AgentResponses[K]> {
		const socket = this.#socket;
		if (!socket || this.connection === 'offline') {
			throw new Error('You’re offline. Try again in a moment.');
		}
		const response = (await socket
			.timeout(REQUEST_TIMEOUT_MS)
			.emitWithAck(name, payload)
			.catch(() => {
				throw new Error('The server didn’t respond in time. Try again.');
			})) as Ack<AgentResponses[K]>;
		if (!response.ok) throw new Error(toSentence(response.error.message));
		return response.data;
	}
}

function isUnauthorized(error: Error): boolean {
	const { data } = error as Error & { data?: { code?: string } };
	return error.message === 'unauthorized' || data?.code === 'unauthorized';
}

export const [getLive, setLive] = createContext<LiveSocket>();

interface Followable {
	/** Applies the socket's events until the returned function is called. */
	follow(live: LiveSocket): () => void;
}

/** Keeps the store that `getStore` returns up to date while the component is mounted. Follows a different store once `getStore` returns one. */
export function followLive(getStore: () => Followable | undefined): void {
	const live = getLive();
	$effect(() => {
		const store = getStore();
		return untrack(() => store?.follow(live));
	});
}

const AUDIT_DEBOUNCE_MS = 300;

/**
 * Calls `refresh`, debounced, when a matching audit entry is added or may have been missed. For settings pages, which
 * reload all their data.
 */
export function onAudited(
	live: LiveSocket,
	isRelevant: (action: AuditAction) => boolean,
	refresh: () => void,
): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const schedule = () => (timer ??= setTimeout(run, AUDIT_DEBOUNCE_MS));
	const run = () => {
		timer = undefined;
		refresh();
	};
	const stops = [
		live.subscribe((events) => {
			if (events.some((event) => event.name === 'audit.added' && isRelevant(event.payload.action)))
				schedule();
		}),
		live.onConnected(schedule),
		() => clearTimeout(timer),
	];
	return () => stops.forEach((stop) => stop());
}
