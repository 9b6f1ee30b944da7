import type { App } from '../core/context.ts';
import { disconnectSignedOut } from './agents.ts';
import type { Broadcast } from './broadcast.ts';
import {
	type AgentNamespace,
	EVERYONE,
	getRoomSession,
	type Io,
	type OutgoingEvent,
	type SharedRoom,
	TEAM,
} from './connections.ts';
import type { Presence } from './presence.ts';
import { connectRelay, type Question, type Relay } from './relay.ts';
import type { Replies } from './replies.ts';

interface Parts {
	broadcast: Broadcast;
	presence: Presence;
	replies: Replies;
}

/**
 * Exchanges events with the other processes that share `REDIS_URL`. This process receives the events of rooms that have a
 * socket in it, and of chat sessions whose replies it streams. Returns undefined without `REDIS_URL`.
 */
export async function connectOtherProcesses(
	app: App,
	io: Io,
	{ broadcast, presence, replies }: Parts,
): Promise<{ isReady(): boolean; stopPresence(): void; close(): void } | undefined> {
	const { redisUrl: url } = app.config;
	if (url === undefined) return undefined;
	const { secrets, log, metrics } = app;
	const agents = io.of('/agents') as AgentNamespace;
	const resume = (room?: SharedRoom) => {
		replies.reset(room && getRoomSession(room.room));
		broadcast.emitResumed(room);
	};
	const relay = await connectRelay(
		{ url, installation: secrets.installationId, log, metrics },
		{
			onEvent(outgoing) {
				if (outgoing.room === EVERYONE) resume();
				if (outgoing.room === EVERYONE || presence.receive(outgoing)) return;
				replies.receive(outgoing);
				broadcast.emitLocally(outgoing);
				dropReply(app, outgoing);
				disconnectSignedOut(app, agents, outgoing);
			},
			onQuestion: (question: Question) =>
				question.about === 'presence'
					? presence.getLocalState()
					: replies.getLocalReply(question.session_id),
			onResumed: resume,
		},
	);
	followRooms(io, relay, ({ namespace, room }) => {
		if (namespace === '/agents' && room === TEAM) presence.forgetRemote();
		const sessionId = getRoomSession(room);
		if (sessionId !== undefined) replies.reset(sessionId);
	});
	broadcast.relayThrough(relay);
	replies.relayThrough(relay);
	const stopPresence = presence.relayThrough(relay);
	return { isReady: () => relay.isReady(), stopPresence, close: () => relay.close() };
}

/** Follows each room for as long as it has a socket in this process, then calls `onLeft`. */
function followRooms(io: Io, relay: Relay, onLeft: (room: SharedRoom) => void): void {
	for (const namespace of ['/widget', '/agents'] as const) {
		const { adapter } = io.of(namespace);
		// Each socket also has its own room, named by its id.
		const isShared = (room: string) => !adapter.sids.has(room);
		adapter.on('create-room', (room: string) => {
			if (isShared(room)) relay.follow({ namespace, room });
		});
		adapter.on('delete-room', (room: string) => {
			if (!isShared(room)) return;
			relay.unfollow({ namespace, room });
			onLeft({ namespace, room });
		});
	}
}

/** Stops the reply that this process is streaming when an agent takes over in another process. */
function dropReply(app: App, { name, payload }: OutgoingEvent): void {
	if (name !== 'agent.joined' || !('session_id' in payload)) return;
	app.turns.drop(String(payload.session_id));
}
