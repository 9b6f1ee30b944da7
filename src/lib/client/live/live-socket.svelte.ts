import { z } from 'zod';
import { agentAnswers, type agentRequests, type AgentAnswers } from '#lib/contract/live.ts';
import { agentEvents } from '#lib/contract/all-events.ts';
import { io, type Socket } from 'socket.io-client';
import { createContext, untrack } from 'svelte';
import { asSentence } from '#lib/client/api/call.ts';
import type { AuditAction } from '#lib/contract/events.ts';

type Name = keyof typeof agentEvents;

/** One event of the team's socket. */
export type LiveEvent = {
	[K in Name]: { name: K; payload: z.infer<(typeof agentEvents)[K]> };
}[Name];

/** Parses an event by the contract; returns nothing for one that is unknown or malformed. */
export function parseLiveEvent(name: string, payload: unknown): LiveEvent | undefined {
	if (!isEventName(name)) return undefined;
	const parsed = agentEvents[name].safeParse(payload);
	return parsed.success ? ({ name, payload: parsed.data } as LiveEvent) : undefined;
}

const isEventName = (name: string): name is Name => Object.hasOwn(agentEvents, name);

/** Hidden pages paint no frames: after this time their items are delivered anyway. */
const HIDDEN_MS = 500;

/** Batches items and delivers them once per frame. */
export function frameQueue<T>(take: (items: T[]) => void): {
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
		const taken = items;
		items = [];
		take(taken);
	};
	return {
		push(item) {
			items.push(item);
			frame ??= requestAnimationFrame(flush);
			timer ??= setTimeout(flush, HIDDEN_MS);
		},
		close() {
			stop();
			items = [];
		},
	};
}

const REQUEST_TIMEOUT_MS = 10_000;
const REFUSED_RETRY_MS = 5_000;

type Requests = typeof agentRequests;
const ack = z.union([
	z.object({ ok: z.literal(true), data: z.unknown() }),
	z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
]);

export type Connection = 'connecting' | 'online' | 'offline';
type Listener = (events: LiveEvent[]) => void;

/** The team's socket: batches events once per frame for subscribers, and sends requests. */
export class LiveSocket {
	connection = $state<Connection>('connecting');
	#socket: Socket | undefined;
	#listeners = new Set<Listener>();
	#catchUps = new Set<() => void>();
	#queue = frameQueue<LiveEvent>((events) => {
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
			// The server closed the connection (sign-out or restart): reconnecting tells which.
			if (reason === 'io server disconnect') socket.connect();
		});
		socket.on('connect_error', (error) => {
			this.connection = 'offline';
			if (isUnauthorized(error)) onSignedOut();
			else if (!socket.active) retry = setTimeout(() => socket.connect(), REFUSED_RETRY_MS);
		});
		socket.onAny((name: string, payload: unknown) => {
			const event = parseLiveEvent(name, payload);
			if (event?.name === 'live.resumed') this.#catchUp();
			else if (event) this.#queue.push(event);
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

	/** Calls back whenever events may have been missed: after each connect, and when the server says so. */
	onConnected(catchUp: () => void): () => void {
		this.#catchUps.add(catchUp);
		// Untracked: an effect that subscribes must not run again when the connection changes.
		if (untrack(() => this.connection) === 'online') catchUp();
		return () => this.#catchUps.delete(catchUp);
	}

	/** Delivers an event about this browser's own action to all subscribers. */
	publish(event: LiveEvent): void {
		this.#queue.push(event);
	}

	/** Sends a request, after the first connection if that is still being made; throws an Error whose message can be shown. */
	async request<K extends keyof AgentAnswers>(
		name: K,
		payload: z.input<Requests[K]>,
	): Promise<AgentAnswers[K]> {
		const socket = this.#socket;
		if (!socket || this.connection === 'offline') {
			throw new Error('You are offline. Try again in a moment.');
		}
		const answer: unknown = await socket
			.timeout(REQUEST_TIMEOUT_MS)
			.emitWithAck(name, payload)
			.catch(() => {
				throw new Error('The server did not respond in time. Try again.');
			});
		const parsed = ack.safeParse(answer);
		if (parsed.success && !parsed.data.ok) throw new Error(asSentence(parsed.data.error.message));
		const data = parsed.success && parsed.data.ok ? parsed.data.data : undefined;
		return agentAnswers[name].parse(data) as AgentAnswers[K];
	}
}

function isUnauthorized(error: Error): boolean {
	const data = 'data' in error ? error.data : undefined;
	const code = z.object({ code: z.string() }).safeParse(data);
	return error.message === 'unauthorized' || (code.success && code.data.code === 'unauthorized');
}

export const [getLive, setLive] = createContext<LiveSocket>();

interface Followed {
	/** Stays current by the socket until the returned function is called. */
	follow(live: LiveSocket): () => void;
}

/** Keeps what `current` returns up to date while the component is mounted, and moves to the next when that changes. */
export function followLive(current: () => Followed): void {
	const live = getLive();
	$effect(() => {
		const followed = current();
		return untrack(() => followed.follow(live));
	});
}

const TOGETHER_MS = 300;

/**
 * Calls back, debounced, when a matching entry is added to the audit log or may have been missed. For settings pages,
 * which fetch everything again.
 */
export function onAudited(
	live: LiveSocket,
	isConcerned: (action: AuditAction) => boolean,
	refresh: () => void,
): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const soon = () => (timer ??= setTimeout(run, TOGETHER_MS));
	const run = () => {
		timer = undefined;
		refresh();
	};
	const stops = [
		live.subscribe((events) => {
			if (events.some((event) => event.name === 'audit.added' && isConcerned(event.payload.action)))
				soon();
		}),
		live.onConnected(soon),
		() => clearTimeout(timer),
	];
	return () => stops.forEach((stop) => stop());
}
