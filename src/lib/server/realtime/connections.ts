import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Namespace, Server, Socket } from 'socket.io';
import { z } from 'zod';
import type { Scope } from '#lib/contract/api-key.ts';
import type {
	AgentEvents,
	AgentRequests,
	WidgetEvents,
	WidgetRequests,
} from '#lib/contract/live.ts';
import type { Actor, App } from '../core/context.ts';
import type { Log } from '../core/log.ts';
import { countUse } from '../core/rate-limits.ts';
import { getClient } from './requests.ts';

/**
 * The maximum number of open connections per network and process. All users of an office or a mobile carrier may share a
 * network.
 */
export const MAX_CONNECTIONS = 2_000;

/** The maximum number of frames and characters per client and window, including refused requests; far more than any page sends. */
export const MAX_FRAMES = 1_000;
const MAX_CHARACTERS = 4 * 1024 * 1024;
const WINDOW_MS = 10_000;
/** The maximum number of attempts to join a namespace per client. Each attempt is authenticated; a page makes one. */
export const MAX_JOINS = 20;

/** The part of an Engine.IO client that is used here. */
interface CountedClient extends EventEmitter {
	request: IncomingMessage;
	close(discard?: boolean): void;
}

/**
 * Limits the open connections of each network and the traffic of each client, before any sign-in: connections take memory,
 * and each frame is parsed before the rate limit of its request applies.
 */
export class Connections {
	readonly #app: App;
	readonly #open = new Map<string, number>();

	constructor(app: App) {
		this.#app = app;
	}

	/** Counts a connection attempt. Returns why it is refused; undefined if it is accepted. */
	async findRefusal(request: IncomingMessage): Promise<string | undefined> {
		if (!this.#app.config.isRateLimited) return undefined;
		const network = this.#getNetwork(request);
		const state = await countUse(this.#app, 'socket', network);
		const isLimitReached = (this.#open.get(network) ?? 0) >= MAX_CONNECTIONS;
		return isLimitReached || state?.refusal ? 'too many connections' : undefined;
	}

	/** Counts a connection until it closes, and disconnects a client that exceeds the limits or sends binary data. */
	watch(client: CountedClient): void {
		client.once('close', this.trackConnection(client.request));
		let joins = 0;
		client.on('packet', ({ data }: { data?: unknown }) => {
			// No request has attachments. Socket.IO buffers up to ten of 128 KiB each until the last one arrives.
			const hasAttachment = typeof data === 'object';
			if (isJoin(data)) joins += 1;
			if (hasAttachment || joins > MAX_JOINS) client.close(true);
		});
		if (!this.#app.config.isRateLimited) return;
		let frames = 0;
		let characters = 0;
		let startedAt = performance.now();
		client.on('packet', ({ data }: { data?: unknown }) => {
			frames += 1;
			characters += typeof data === 'string' ? data.length : 0;
			if (frames <= MAX_FRAMES && characters <= MAX_CHARACTERS) return;
			if (performance.now() - startedAt < WINDOW_MS) {
				this.#app.log.warn({ frames, characters }, 'disconnected a socket that flooded the server');
				client.close(true);
			}
			frames = 0;
			characters = 0;
			startedAt = performance.now();
		});
	}

	/** Counts an open connection until the returned function is called. */
	trackConnection(request: IncomingMessage): () => void {
		const network = this.#getNetwork(request);
		const add = (delta: number) => {
			const count = (this.#open.get(network) ?? 0) + delta;
			if (count > 0) this.#open.set(network, count);
			else this.#open.delete(network);
		};
		add(1);
		return () => add(-1);
	}

	#getNetwork({ socket, headers }: IncomingMessage): string {
		return getClient(this.#app.config, { address: socket.remoteAddress ?? '', headers }).network;
	}
}

/** Returns whether a frame is Socket.IO's packet that joins a namespace. */
const isJoin = (data: unknown) => typeof data === 'string' && data.startsWith('0');

/** Fewer unknown sessions per window are clients that return after a pause. */
const MIN_UNKNOWN_SESSIONS = 10;
const UNKNOWN_SESSION_WINDOW_MS = 60_000;

/**
 * Creates a function to call for each request of a connection that this process doesn't know. With several processes, it warns once
 * if these are frequent, but not in the first minute, when clients of a restarted process return.
 */
export function createStickinessWarning(
	{ redisUrl }: { redisUrl: string | undefined },
	log: Pick<Log, 'warn'>,
	now = () => performance.now(),
): () => void {
	let count = 0;
	let windowStart = now() + UNKNOWN_SESSION_WINDOW_MS;
	let isSilent = redisUrl === undefined;
	return () => {
		const time = now();
		if (isSilent || time < windowStart) return;
		if (time - windowStart >= UNKNOWN_SESSION_WINDOW_MS) {
			windowStart = time;
			count = 0;
		}
		count += 1;
		if (count < MIN_UNKNOWN_SESSIONS) return;
		isSilent = true;
		log.warn(
			{ requests: count },
			'requests of polling clients reach different processes: make the load balancer sticky, by address or cookie (docs/operations.md)',
		);
	};
}

/**
 * The maximum unsent data per client, in Socket.IO and in its websocket. Clients that exceed it are disconnected, and catch
 * up by message id when they reconnect.
 */
const MAX_UNSENT_FRAMES = 5_000;
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;

/** Parsed rather than cast: these parts of an Engine.IO client are private and may change. */
const unsentData = z.object({
	writeBuffer: z.array(z.object({ data: z.unknown() })),
	transport: z.object({ socket: z.object({ bufferedAmount: z.number() }).optional() }),
});

/** Disconnects clients that read too slowly, so that the memory for their unsent data stays bounded. */
export function closeSlowReaders(clients: Iterable<SlowClient>, log: Log): void {
	for (const client of clients) {
		const { data } = unsentData.safeParse(client);
		const frames = data?.writeBuffer.length ?? 0;
		const bytes = data ? countUnsentBytes(data) : 0;
		if (frames <= MAX_UNSENT_FRAMES && bytes <= MAX_UNSENT_BYTES) continue;
		log.warn({ frames, bytes }, 'disconnected a slow reader');
		client.close(true);
	}
}

function countUnsentBytes({ writeBuffer, transport }: z.infer<typeof unsentData>): number {
	let bytes = transport.socket?.bufferedAmount ?? 0;
	// Frames are mostly ASCII text, so their length is close to their size.
	for (const { data } of writeBuffer) if (typeof data === 'string') bytes += data.length;
	return bytes;
}

export interface SlowClient {
	close(discard?: boolean): void;
}

export interface WritingClient extends EventEmitter {
	request: IncomingMessage;
}

/** Writes the frames of a flush with one system call instead of one per frame, which would dominate the cost of a busy socket. */
export function batchWrites(client: WritingClient): void {
	client.on('flush', (frames: unknown[]) => {
		if (frames.length < 2) return;
		const { socket } = client.request;
		socket.cork();
		process.nextTick(() => socket.uncork());
	});
}

type None = Record<string, never>;

interface WidgetSocketData {
	session_id: string;
	chat_session_id: number;
	/** The visitor's current token, which may be newer than the one in the handshake. */
	token: string;
}
interface AgentSocketData {
	actor: Actor;
	/** The credentials of the handshake, which are checked again at an interval. */
	credentials: { cookie: string | null; apiKey: string | null; ip: string };
}

export type Io = Server<None, None, None, unknown>;
export type WidgetNamespace = Namespace<WidgetRequests, WidgetEvents, None, WidgetSocketData>;
export type AgentNamespace = Namespace<AgentRequests, AgentEvents, None, AgentSocketData>;
export type WidgetSocket = Socket<WidgetRequests, WidgetEvents, None, WidgetSocketData>;
export type AgentSocket = Socket<AgentRequests, AgentEvents, None, AgentSocketData>;

// The Socket.IO rooms.

/** Denotes all sockets of both namespaces; not a Socket.IO room. */
export const EVERYONE = '*';

/** Every socket of `/agents`. */
export const TEAM = 'team';
/** Users, and API keys with the scope or with `admin`. */
export const getReadersRoom = (
	scope: Extract<Scope, 'leads:read' | 'errors:read' | 'quality:read'>,
) => `readers ${scope}`;
/** Admins, and API keys with the scope `admin`. */
export const ADMINS = 'admins';
/** All sockets of one user. */
export const getUserRoom = (userId: number) => `user ${userId}`;
export const getVisitorsRoom = (sessionId: string) => `visitors ${sessionId}`;
export const getWatchersRoom = (sessionId: string) => `watchers ${sessionId}`;

/** Returns the public id of the chat session that a room of visitors or watchers belongs to. */
export const getRoomSession = (room: string): string | undefined =>
	/^(?:visitors|watchers) (.*)$/.exec(room)?.[1];

/** One event for one room, emitted in this process and relayed to the others. */
export interface OutgoingEvent {
	namespace: '/widget' | '/agents';
	room: string;
	name: string;
	payload: object;
	/** The socket that caused the event: it gets an acknowledgement instead. */
	except?: string;
}

/** A room that spans all processes; each is a channel in Redis. */
export type SharedRoom = Pick<OutgoingEvent, 'namespace' | 'room'>;
