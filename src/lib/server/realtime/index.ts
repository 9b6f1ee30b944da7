import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { Server } from 'socket.io';
import type { App } from '../core/context.ts';
import { catchUpAfterOutages } from '../core/db/catch-up-after-outages.ts';
import { disconnectRevoked, disconnectSignedOut, serveAgents } from './agents.ts';
import { Broadcast } from './broadcast.ts';
import {
	type AgentNamespace,
	batchWrites,
	closeSlowReaders,
	Connections,
	createStickinessWarning,
	type Io,
	type SlowClient,
	type WidgetNamespace,
	type WritingClient,
} from './connections.ts';
import { connectOtherProcesses } from './other-processes.ts';
import { Presence } from './presence.ts';
import { Replies } from './replies.ts';
import { serveWidgets } from './widget.ts';

interface Realtime {
	attach(server: HttpServer, options?: { isShared: boolean }): void;
	/** Returns whether Redis is reachable; true if none is configured. */
	isReady(): boolean;
	/** Disconnects all clients, which reconnect to another process or after the next start. */
	close(): Promise<void>;
}

const REVOCATION_CHECK_MS = 4_000;

/** Serves visitors at `/widget` and the team at `/agents` over Socket.IO, websocket first. */
export async function createRealtime(app: App): Promise<Realtime> {
	const io = createSocketServer();
	const broadcast = new Broadcast(app, io);
	const presence = new Presence(app.events, (outgoing) => broadcast.emitLocally(outgoing));
	const replies = new Replies(app);
	const widgets = io.of('/widget') as WidgetNamespace;
	const agents = io.of('/agents') as AgentNamespace;
	app.events.onPublished((event) => disconnectSignedOut(app, agents, event));
	const otherProcesses = await connectOtherProcesses(app, io, { broadcast, presence, replies });
	const stopCatchingUp = catchUpAfterOutages(app);
	serveWidgets(app, widgets, { broadcast, replies });
	serveAgents(app, agents, { broadcast, presence, replies });
	const stopChecks = checkRevocations(app, agents);
	let detach = () => io.close();
	return {
		attach(server, options = { isShared: false }) {
			detach = attachSocketServer(app, io, server, options);
		},
		isReady: () => otherProcesses?.isReady() ?? true,
		async close() {
			stopChecks();
			stopCatchingUp();
			otherProcesses?.stopPresence();
			await detach();
			otherProcesses?.close();
		},
	};
}

/** Disconnects revoked sockets at an interval, without overlapping checks. Returns a function that stops the checks. */
function checkRevocations(app: App, agents: AgentNamespace): () => void {
	let isChecking = false;
	const check = async () => {
		if (isChecking) return;
		isChecking = true;
		await disconnectRevoked(app, agents).finally(() => (isChecking = false));
	};
	const timer = setInterval(() => void check(), REVOCATION_CHECK_MS).unref();
	return () => clearInterval(timer);
}

/** The maximum size of a frame: many times that of a 4,000-character message, so a larger one is an attack. */
const MAX_FRAME_BYTES = 128 * 1024;
const SLOW_READER_CHECK_MS = 2_000;
/** Engine.IO's error code for a connection that this process doesn't know. */
const UNKNOWN_SID = 1;

/** Creates the Socket.IO server. It serves no one until it is attached to an HTTP server. */
function createSocketServer(): Io {
	const io: Io = new Server({
		path: '/socket.io',
		serveClient: false,
		transports: ['websocket', 'polling'],
		maxHttpBufferSize: MAX_FRAME_BYTES,
		// The handshakes check origins, and browsers don't send the cookie from other sites.
		cors: { origin: true },
	});
	// Socket.IO always creates the default namespace; sockets in it could idle without a handshake check.
	io.use((_, next) => next(new Error('use the namespace /widget or /agents')));
	return io;
}

/** Attaches the Socket.IO server, with its connection limits, to an HTTP server. Returns a function that closes it. */
function attachSocketServer(
	app: App,
	io: Io,
	server: HttpServer,
	{ isShared }: { isShared: boolean },
): () => Promise<void> {
	const detach = isShared ? captureListeners(server) : undefined;
	const connections = new Connections(app);
	const clients = new Set<SlowClient>();
	io.attach(server, {
		destroyUpgrade: !isShared,
		allowRequest: (request, answer) => {
			connections.findRefusal(request).then(
				(refusal) => answer(refusal, refusal === undefined),
				() => answer('the rate limit could not be checked', false),
			);
		},
	});
	// With JSONP, any page could read polling responses, because browsers send the cookie but no Origin header.
	io.engine.use((request: IncomingMessage, _: unknown, next: (error?: Error) => void) => {
		const isJsonp = URL.parse(request.url ?? '', 'http://localhost')?.searchParams.has('j') ?? true;
		next(isJsonp ? new Error('JSONP is not supported') : undefined);
	});
	explainUnknownPolling(io);
	const warnAboutStickiness = createStickinessWarning(app.config, app.log);
	io.engine.on('connection_error', ({ code }: { code?: unknown }) => {
		if (code === UNKNOWN_SID) warnAboutStickiness();
	});
	io.engine.on('connection', (client: SlowClient & WritingClient) => {
		clients.add(client);
		batchWrites(client);
		client.once('close', () => clients.delete(client));
		connections.watch(client);
	});
	const timer = setInterval(() => closeSlowReaders(clients, app.log), SLOW_READER_CHECK_MS).unref();
	return async () => {
		clearInterval(timer);
		if (!detach) return io.close();
		// A shared HTTP server keeps running: only our sockets are closed.
		detach();
		io.disconnectSockets(true);
		io.engine.close();
	};
}

/** Returns a function that restores the current listeners of a shared HTTP server. */
function captureListeners(server: HttpServer): () => void {
	const names = ['request', 'upgrade'] as const;
	const savedListeners = names.map((name) => [name, server.rawListeners(name)] as const);
	return () => {
		for (const [name, listeners] of savedListeners) {
			server.removeAllListeners(name);
			for (const listener of listeners) server.on(name, listener as () => void);
		}
	};
}

/**
 * Replaces Engine.IO's message for an unknown session by one that names the usual cause: a load balancer without sticky
 * sessions.
 */
function explainUnknownPolling(io: Io): void {
	const { errorMessages } = io.engine.constructor as unknown as {
		errorMessages: Record<number, string>;
	};
	errorMessages[UNKNOWN_SID] =
		'Session ID unknown: connect again. Behind a load balancer, polling needs sticky sessions: every request of a client must reach the same process';
}
