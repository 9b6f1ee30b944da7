import type { Server as HttpServer } from 'node:http';
import type { App } from '../core/context.ts';
import { catchUpAfterBreaks } from '../core/db/after-break.ts';
import { AgentPresence } from './agent-presence.ts';
import { disconnectRevoked, serveAgents } from './agents.ts';
import { Broadcast, type OutgoingEvent } from './broadcast.ts';
import { connectRelay } from './relay.ts';
import { Replies } from './replies.ts';
import { attachSocketServer, createSocketServer } from './socket-server.ts';
import type { AgentNamespace, WidgetNamespace } from './sockets.ts';
import { VisitorPresence } from './visitor-presence.ts';
import { serveWidgets } from './widget.ts';

export interface Realtime {
	attach(server: HttpServer, options?: { isShared: boolean }): void;
	/** Returns whether Redis is reachable; true without Redis. */
	isReady(): boolean;
	/** Disconnects all clients, which reconnect to another process or after the next start. */
	close(): Promise<void>;
}

const REVOCATION_CHECK_MS = 4_000;

/** Serves visitors at `/widget` and the team at `/agents` over Socket.IO, websocket first. */
export async function createRealtime(app: App): Promise<Realtime> {
	const io = createSocketServer();
	const broadcast = new Broadcast(app, io);
	const presence = {
		agents: new AgentPresence((outgoing) => broadcast.emitHere(outgoing)),
		visitors: new VisitorPresence(app.events),
	};
	const replies = new Replies(app);
	const widgets = io.of('/widget') as WidgetNamespace;
	const agents = io.of('/agents') as AgentNamespace;
	app.events.onPublished((event) => disconnectSignedOut(app, agents, event));
	const relay = await startRelay(app, { agents, broadcast, presence, replies });
	const stopCatchingUp = catchUpAfterBreaks(app);
	if (relay) broadcast.relayTo(relay.send);
	const stopPresence = relay && [
		presence.agents.relayTo(relay.send),
		presence.visitors.relayTo(relay.send),
	];
	serveWidgets(app, widgets, { broadcast, replies });
	serveAgents(app, agents, { presence, replies });
	const stopChecks = checkRevocations(app, agents);
	let detach = () => io.close();
	return {
		attach(server, options = { isShared: false }) {
			detach = attachSocketServer(app, io, server, options);
		},
		isReady: () => relay?.isReady() ?? true,
		async close() {
			stopChecks();
			stopCatchingUp();
			for (const stop of stopPresence ?? []) stop();
			await detach();
			relay?.close();
		},
	};
}

/** Disconnects revoked sockets at an interval, without overlapping checks. Returns a function that stops this. */
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

interface Parts {
	agents: AgentNamespace;
	broadcast: Broadcast;
	presence: { agents: AgentPresence; visitors: VisitorPresence };
	replies: Replies;
}

/** Applies and emits the events of other processes; returns undefined without `REDIS_URL`. */
async function startRelay(app: App, { agents, broadcast, presence, replies }: Parts) {
	const { redisUrl } = app.config;
	if (redisUrl === undefined) return undefined;
	const { secrets, log } = app;
	return connectRelay(
		{ url: redisUrl, installation: secrets.installation, log },
		{
			received(outgoing) {
				if (presence.agents.receive(outgoing)) return;
				if (presence.visitors.receive(outgoing)) return;
				replies.receive(outgoing);
				broadcast.emitHere(outgoing);
				dropReply(app, outgoing);
				disconnectSignedOut(app, agents, outgoing);
			},
			resumed() {
				replies.reset();
				broadcast.emitResumed();
			},
		},
	);
}

/** Stops the reply that this process is streaming when an agent takes over in another process. */
function dropReply(app: App, { name, payload }: OutgoingEvent): void {
	if (name !== 'agent.joined' || !('session_id' in payload)) return;
	app.turns.drop(String(payload.session_id));
}

/** Disconnects a user whose auth sessions have ended, in this process or another, without waiting for the next check. */
function disconnectSignedOut(
	app: App,
	agents: AgentNamespace,
	{ name, payload }: { name: string; payload: object },
): void {
	if (name !== 'user.signed_out' || !('user_id' in payload)) return;
	void disconnectRevoked(app, agents, Number(payload.user_id));
}
