import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { Server } from 'socket.io';
import type { App } from '../core/context.ts';
import { catchUpAfterBreaks } from '../core/db/after-break.ts';
import { AgentPresence } from './agent-presence.ts';
import { dismissRevoked, serveAgents } from './agents.ts';
import { Broadcast, type OutgoingEvent } from './broadcast.ts';
import { Connections } from './connections.ts';
import { closeSlowReaders, type SlowClient } from './slow-readers.ts';
import { connectRelay } from './relay.ts';
import { Replies } from './replies.ts';
import { leaveShared, shareServer } from './shared-server.ts';
import type { AgentNamespace, Io, WidgetNamespace } from './sockets.ts';
import { VisitorPresence } from './visitor-presence.ts';
import { serveWidgets } from './widget.ts';
import { writeTogether, type WritingClient } from './write-together.ts';

export interface Realtime {
	attach(server: HttpServer, options?: { isShared: boolean }): void;
	/** Whether Redis, if there is one, can be reached. */
	isReady(): boolean;
	/** Disconnects everybody, who will come back to another process or the next start. */
	close(): Promise<void>;
}

/** A chat message of 4,000 characters fits many times over; more in one frame is an attack. */
const MAX_FRAME_BYTES = 128 * 1024;
/** Engine.IO's code for a connection that this process doesn't have. */
const UNKNOWN_SID = 1;
const WATCH_MS = 2_000;
const RECHECK_MS = 4_000;

/** Socket.IO: visitors at `/widget`, the team at `/agents`, websocket first. */
export async function createRealtime(app: App): Promise<Realtime> {
	const io = makeIo();
	const connections = new Connections(app);
	const clients = new Set<SlowClient>();
	const broadcast = new Broadcast(app, io);
	const presence = {
		agents: new AgentPresence((outgoing) => broadcast.emitHere(outgoing)),
		visitors: new VisitorPresence(app.events),
	};
	const replies = new Replies(app);
	const widgets = io.of('/widget') as WidgetNamespace;
	const agents = io.of('/agents') as AgentNamespace;
	app.events.onPublished((event) => dismissSignedOut(app, agents, event));
	const relay = await relayOf(app, { agents, broadcast, presence, replies });
	const leaveBreaks = catchUpAfterBreaks(app);
	if (relay) broadcast.relayTo(relay.send);
	const leavePresence = relay && [
		presence.agents.relayTo(relay.send),
		presence.visitors.relayTo(relay.send),
	];
	serveWidgets(app, widgets, { broadcast, replies });
	serveAgents(app, agents, { presence, replies });
	let isRechecking = false;
	const recheck = async () => {
		if (isRechecking) return;
		isRechecking = true;
		await dismissRevoked(app, agents).finally(() => (isRechecking = false));
	};
	const timers = [
		setInterval(() => closeSlowReaders(clients, app.log), WATCH_MS),
		setInterval(() => void recheck(), RECHECK_MS),
	];
	for (const timer of timers) timer.unref();
	let leave: (() => void) | undefined;
	return {
		attach(server, { isShared } = { isShared: false }) {
			if (isShared) leave = shareServer(server);
			io.attach(server, {
				destroyUpgrade: !isShared,
				allowRequest: (request, answer) => {
					connections.refusal(request).then(
						(refusal) => answer(refusal, refusal === undefined),
						() => answer('the connection could not be counted', false),
					);
				},
			});
			// JSONP reads polling answers on any page, and sends the cookie without an Origin.
			io.engine.use((request: IncomingMessage, _: unknown, next: (error?: Error) => void) => {
				const isJsonp = URL.parse(request.url ?? '', 'http://here')?.searchParams.has('j') ?? true;
				next(isJsonp ? new Error('JSONP is not supported') : undefined);
			});
			explainUnknownPolling(io);
			io.engine.on('connection', (client: SlowClient & WritingClient) => {
				clients.add(client);
				writeTogether(client);
				client.once('close', () => clients.delete(client));
				connections.watch(client);
			});
		},
		isReady: () => relay?.isReady() ?? true,
		async close() {
			for (const timer of timers) clearInterval(timer);
			leaveBreaks();
			leavePresence?.forEach((leave) => leave());
			await (leave ? leaveShared(io, leave) : io.close());
			relay?.close();
		},
	};
}

function makeIo(): Io {
	const io: Io = new Server({
		path: '/socket.io',
		serveClient: false,
		transports: ['websocket', 'polling'],
		maxHttpBufferSize: MAX_FRAME_BYTES,
		// Origins are checked in the handshakes; cookies are never sent along from another site.
		cors: { origin: true },
	});
	// Nobody has business in the namespace that Socket.IO makes by itself, where a socket could idle unasked.
	io.use((_, next) => next(new Error('there are /widget and /agents')));
	return io;
}

/** Whoever polls through a balancer without stickiness learns what is missing where they look first, in the answer. */
function explainUnknownPolling(io: Io): void {
	const { errorMessages } = io.engine.constructor as unknown as {
		errorMessages: Record<number, string>;
	};
	errorMessages[UNKNOWN_SID] =
		'Session ID unknown: connect again. With several processes behind a balancer, polling needs every request of a client at the same process';
}

interface Parts {
	agents: AgentNamespace;
	broadcast: Broadcast;
	presence: { agents: AgentPresence; visitors: VisitorPresence };
	replies: Replies;
}

/** What other processes tell, through Redis; nothing without one. */
async function relayOf(app: App, { agents, broadcast, presence, replies }: Parts) {
	const { redisUrl } = app.config;
	if (redisUrl === undefined) return undefined;
	const { secrets, log } = app;
	return connectRelay(
		{ url: redisUrl, installation: secrets.installation, log },
		{
			received(outgoing) {
				if (presence.agents.heard(outgoing)) return;
				if (presence.visitors.receive(outgoing)) return;
				replies.heard(outgoing);
				broadcast.emitHere(outgoing);
				dropReply(app, outgoing);
				dismissSignedOut(app, agents, outgoing);
			},
			resumed() {
				replies.forget();
				broadcast.emitResumed();
			},
		},
	);
}

/** A person took over by another process: the answer that is written here stops at once. */
function dropReply(app: App, { name, payload }: OutgoingEvent): void {
	if (name !== 'agent.joined' || !('session_id' in payload)) return;
	app.turns.drop(String(payload.session_id));
}

/** Whose auth sessions have ended here or in another process: their sockets are asked again at once. */
function dismissSignedOut(
	app: App,
	agents: AgentNamespace,
	{ name, payload }: { name: string; payload: object },
): void {
	if (name !== 'user.signed_out' || !('user_id' in payload)) return;
	void dismissRevoked(app, agents, Number(payload.user_id));
}
