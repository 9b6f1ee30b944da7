import { agentHandshake, agentRequests } from '#lib/contract/live.ts';
import { authenticate, isAllowedOrigin } from '../team/auth/index.ts';
import { requireTeam } from '../core/permissions.ts';
import { createSystemContext, type Actor, type App, type Ctx } from '../core/context.ts';
import { AppError, forbidden } from '../core/errors.ts';
import { sendAgentMessage } from '../conversations/messages/index.ts';
import { parse } from '../core/parse.ts';
import { requireUse } from '../core/rate-limits.ts';
import { handBack, takeOver } from '../conversations/handoffs/index.ts';
import { getSession } from '../conversations/sessions/index.ts';
import type { AgentPresence } from './agent-presence.ts';
import type { Broadcast } from './broadcast.ts';
import type { Replies } from './replies.ts';
import { handleRequest, getClient, createTaskQueue, createHandshakeError } from './requests.ts';
import {
	ADMINS,
	type AgentNamespace,
	type AgentSocket,
	getReadersRoom,
	getUserRoom,
	TEAM,
	getWatchersRoom,
} from './connections.ts';
import type { Presence } from './presence.ts';

interface Shared {
	broadcast: Broadcast;
	presence: Presence;
	replies: Replies;
}

/** Serves agents and programs, which sign in with the auth session cookie or an API key with the scope `sessions:read`. */
export function serveAgents(
	app: App,
	namespace: AgentNamespace,
	{ broadcast, presence, replies }: Shared,
): void {
	namespace.use((socket, next) => {
		const join = async () => {
			await admit(app, socket);
			await broadcast.join(socket, getRooms(socket.data.actor));
			await presence.load();
		};
		join().then(
			() => next(),
			(error: unknown) => next(createHandshakeError(app, error)),
		);
	});
	namespace.on('connection', (socket) => {
		app.metrics.sockets.inc({ namespace: 'agents' });
		socket.on('disconnect', () => {
			app.metrics.sockets.dec({ namespace: 'agents' });
			presence.agents.set(socket.id, null);
		});
		socket.emit('presence.listed', presence.list());
		renewAuthSessions(app, socket);
		serve(app, socket, { broadcast, replies });
		servePresence(app, socket, presence.agents);
	});
}

function getRooms(actor: Actor): string[] {
	const scopes = actor.type === 'api_key' ? actor.scopes : [];
	const isUser = actor.type === 'user';
	const isAdmin = isUser ? actor.role === 'admin' : scopes.includes('admin');
	const readScopes = (['leads:read', 'errors:read', 'quality:read'] as const).filter(
		(scope) => isUser || isAdmin || scopes.includes(scope),
	);
	return [
		TEAM,
		...readScopes.map(getReadersRoom),
		...(isAdmin ? [ADMINS] : []),
		...(actor.type === 'user' ? [getUserRoom(actor.id)] : []),
	];
}

/** Disconnects the sockets whose auth session, user or API key is no longer valid; with `userId`, only those of that user. */
export async function disconnectRevoked(
	app: App,
	namespace: AgentNamespace,
	userId?: number,
): Promise<void> {
	// A user's tabs share a cookie, which needs only one lookup.
	const actors = new Map<string, Promise<Actor>>();
	const findActor = ({ credentials }: AgentSocket['data']) => {
		const key = JSON.stringify([credentials.cookie, credentials.apiKey]);
		const actor = actors.get(key) ?? authenticate(app, { ...credentials, isPassive: true });
		actors.set(key, actor);
		return actor;
	};
	for (const socket of namespace.sockets.values()) {
		const { actor } = socket.data;
		if (userId !== undefined && !(actor.type === 'user' && actor.id === userId)) continue;
		try {
			socket.data.actor = await findActor(socket.data);
			requireTeam(createSocketContext(app, socket), 'sessions:read');
		} catch (error) {
			if (error instanceof AppError) socket.disconnect(true);
		}
	}
}

/** Disconnects a user whose auth sessions have ended, in this process or another, without waiting for the next check. */
export function disconnectSignedOut(
	app: App,
	namespace: AgentNamespace,
	{ name, payload }: { name: string; payload: object },
): void {
	if (name !== 'user.signed_out' || !('user_id' in payload)) return;
	void disconnectRevoked(app, namespace, Number(payload.user_id));
}

async function admit(app: App, socket: AgentSocket): Promise<void> {
	const { headers, auth } = socket.handshake;
	const { api_key } = parse(agentHandshake, auth);
	const credentials = {
		cookie: api_key === undefined ? (headers.cookie ?? null) : null,
		apiKey: api_key ?? null,
		ip: getClient(app.config, socket.handshake).ip,
	};
	// Polling requests of our own pages have a Referer instead of an Origin. A cookie without either proves nothing, because
	// other sites can make browsers send it.
	if (credentials.cookie && !isAllowedOrigin(app.config, headers)) {
		throw forbidden('requests from this origin are not allowed');
	}
	try {
		socket.data = { credentials, actor: await authenticate(app, credentials) };
		requireTeam(createSocketContext(app, socket), 'sessions:read');
	} catch (error) {
		// The API counts failures under the same limit, so that attackers can't switch between the two.
		if (error instanceof AppError) {
			const { network } = getClient(app.config, socket.handshake);
			await requireUse(app, 'failed_authentication', network);
		}
		throw error;
	}
}

const RENEWAL_INTERVAL_MS = 60_000;

/** Renews the auth session with each request on the socket, as HTTP requests do. An idle socket renews nothing. */
function renewAuthSessions(app: App, socket: AgentSocket): void {
	let renewedAt = performance.now();
	socket.onAny(() => {
		if (performance.now() - renewedAt < RENEWAL_INTERVAL_MS) return;
		renewedAt = performance.now();
		authenticate(app, socket.data.credentials).catch((error: unknown) =>
			app.log.debug({ err: error }, 'could not renew an auth session'),
		);
	});
}

const createSocketContext = (app: App, socket: AgentSocket): Ctx => ({
	...createSystemContext(app),
	actor: socket.data.actor,
});

function serve(
	app: App,
	socket: AgentSocket,
	{ broadcast, replies }: Pick<Shared, 'broadcast' | 'replies'>,
): void {
	const ctx = () => createSocketContext(app, socket);
	const schemas = agentRequests;
	handleRequest(app, socket, 'session:watch', schemas['session:watch'], async ({ session_id }) => {
		const session = await getSession(ctx(), session_id);
		await broadcast.join(socket, [getWatchersRoom(session.session_id)]);
		await replies.load(session.session_id);
		return { reply: replies.getPartialReply(session.session_id) };
	});
	handleRequest(
		app,
		socket,
		'session:unwatch',
		schemas['session:unwatch'],
		async ({ session_id }) => {
			await socket.leave(getWatchersRoom(session_id));
		},
	);
	handleRequest(app, socket, 'session:take-over', schemas['session:take-over'], async (input) => {
		const { session_id, ...options } = input;
		return { session: await takeOver(ctx(), session_id, options) };
	});
	handleRequest(app, socket, 'session:hand-back', schemas['session:hand-back'], async (input) => ({
		session: await handBack(ctx(), input.session_id),
	}));
	const enqueue = createTaskQueue();
	handleRequest(app, socket, 'message:send', schemas['message:send'], async (input) => ({
		message: await enqueue(() => sendAgentMessage(ctx(), input)),
	}));
	handleRequest(
		app,
		socket,
		'typing:set',
		schemas['typing:set'],
		async ({ session_id, is_typing }) => {
			requireTeam(ctx(), 'sessions:write');
			const { actor } = socket.data;
			const author = actor.type === 'user' ? actor.name : null;
			const payload = { session_id, sender: 'agent' as const, author, is_typing };
			app.events.publish({ name: 'typing.changed', payload });
			return Promise.resolve({});
		},
	);
}

function servePresence(app: App, socket: AgentSocket, agents: AgentPresence): void {
	const enqueue = createTaskQueue();
	const set = async (session_id: string | null) => {
		const { actor } = socket.data;
		if (actor.type !== 'user') throw forbidden('only users can have a chat session open');
		const session =
			session_id === null ? null : await getSession(createSocketContext(app, socket), session_id);
		if (!socket.connected) return;
		const person = { id: actor.id, name: actor.name };
		agents.set(socket.id, session && { session_id: session.session_id, person });
	};
	handleRequest(app, socket, 'presence:set', agentRequests['presence:set'], ({ session_id }) =>
		enqueue(() => set(session_id)),
	);
}
