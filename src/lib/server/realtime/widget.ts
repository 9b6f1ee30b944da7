import type { z } from 'zod';
import { widgetHandshake, widgetRequests } from '#lib/contract/live.ts';
import { toWidgetMessage } from '#lib/contract/widget.ts';
import { createAnonymousContext, type App, type Ctx } from '../core/context.ts';
import { isCrawler } from '../core/crawlers.ts';
import { forbidden, unauthorized } from '../core/errors.ts';
import { updateLead } from '../leads/index.ts';
import { cancelHandoff, requestPerson } from '../conversations/handoffs/index.ts';
import { getWidgetHistory, sendVisitorMessage } from '../conversations/messages/index.ts';
import { parse } from '../core/parse.ts';
import { requireUse } from '../core/rate-limits.ts';
import {
	acceptConsent,
	requireVisitorToken,
	setPage,
	startSession,
} from '../conversations/sessions/index.ts';
import { requireOrigin } from '../sites/index.ts';
import type { Broadcast } from './broadcast.ts';
import type { Replies } from './replies.ts';
import { handleRequest, getClient, createTaskQueue, createHandshakeError } from './requests.ts';
import { getVisitorsRoom, type WidgetNamespace, type WidgetSocket } from './connections.ts';

interface Shared {
	broadcast: Broadcast;
	replies: Replies;
}

/** Serves visitors. Each socket belongs to one chat session, which it resumes with a visitor token or starts. */
export function serveWidgets(app: App, namespace: WidgetNamespace, shared: Shared): void {
	namespace.use((socket, next) => {
		admit(app, socket, shared.broadcast).then(
			() => next(),
			(error: unknown) => next(createHandshakeError(app, error)),
		);
	});
	namespace.on('connection', (socket) => {
		emitHistory(app, socket, shared.replies).catch((error: unknown) => {
			app.log.error({ err: error }, 'failed to send a chat session to its widget');
			socket.disconnect(true);
		});
		const { session_id } = socket.data;
		app.metrics.sockets.inc({ namespace: 'widget' });
		publishPresence(app, socket, true);
		socket.on('disconnect', () => {
			app.metrics.sockets.dec({ namespace: 'widget' });
			// Sockets in their handshake don't count, because they may never connect. They publish their own presence if they do.
			const others = [...(namespace.adapter.rooms.get(getVisitorsRoom(session_id)) ?? [])];
			const isLast = !others.some((socketId) => namespace.sockets.has(socketId));
			if (isLast) publishPresence(app, socket, false);
		});
		serve(app, socket, shared);
	});
}

/**
 * Resumes or starts the chat session of a socket, and stores it in the socket's data. The room of an existing chat session
 * is joined before its token is checked: a sign-out is then either seen by the check or removes the socket from the room.
 */
async function admit(app: App, socket: WidgetSocket, broadcast: Broadcast): Promise<void> {
	await requireUse(app, 'visitor_socket', getClient(app.config, socket.handshake).network);
	const auth = parse(widgetHandshake, socket.handshake.auth);
	if (!('token' in auth)) {
		await start(app, socket, auth);
		await broadcast.join(socket, [getVisitorsRoom(socket.data.session_id)]);
		return;
	}
	const room = getVisitorsRoom(auth.session_id);
	await broadcast.join(socket, [room]);
	await resume(app, socket, auth);
	const wasSignedOut = !socket.rooms.has(room);
	if (wasSignedOut) throw unauthorized('the token was revoked');
}

type Handshake = z.output<typeof widgetHandshake>;

async function resume(
	app: App,
	socket: WidgetSocket,
	{ session_id, token: sentToken }: Extract<Handshake, { token: string }>,
): Promise<void> {
	const ctx = createAnonymousContext(app);
	const { id, site_id, token } = await requireVisitorToken(ctx, session_id, sentToken);
	await requireOrigin(ctx, socket.handshake.headers, () => Promise.resolve({ id: site_id }));
	socket.data = { session_id, chat_session_id: id, token };
}

async function start(
	app: App,
	socket: WidgetSocket,
	auth: Exclude<Handshake, { token: string }>,
): Promise<void> {
	const { network, userAgent } = getClient(app.config, socket.handshake);
	const ctx = createAnonymousContext(app);
	await requireUse(app, 'start', network);
	if (isCrawler(userAgent)) throw forbidden('crawlers cannot start chat sessions');
	await requireOrigin(ctx, socket.handshake.headers, () => Promise.resolve({ key: auth.site }));
	const { session, token } = await startSession(ctx, auth, { user_agent: userAgent });
	socket.data = { session_id: session.session_id, chat_session_id: session.id, token };
}

/** Sends a connected widget its chat session, the messages it doesn't have yet and the streaming reply. */
async function emitHistory(app: App, socket: WidgetSocket, replies: Replies): Promise<void> {
	const { session_id, token } = socket.data;
	const auth = widgetHandshake.safeParse(socket.handshake.auth).data;
	const after = auth && 'token' in auth ? auth.after : undefined;
	await replies.load(session_id);
	const { session, messages } = await getWidgetHistory(
		createVisitorContext(app, socket),
		session_id,
		after,
	);
	const reply = replies.getPartialReply(session_id);
	const server_time = app.clock().toISOString();
	socket.emit('session.started', { session_id, token, session, messages, reply, server_time });
}

const createVisitorContext = (app: App, socket: WidgetSocket): Ctx => ({
	app,
	db: app.db,
	actor: { type: 'visitor', session_id: socket.data.session_id },
});

function serve(app: App, socket: WidgetSocket, { broadcast, replies }: Shared): void {
	const { session_id, chat_session_id } = socket.data;
	const limit = (key: string) => requireUse(app, 'chat', key);
	const ctx = createVisitorContext(app, socket);
	const enqueue = createTaskQueue();
	handleRequest(app, socket, 'message:send', widgetRequests['message:send'], async (input) => {
		await limit(session_id);
		const sent = await broadcast.withSender(input.client_message_id, socket.id, () =>
			enqueue(() => sendVisitorMessage(ctx, { ...input, session_id, chat_session_id })),
		);
		return { message: toWidgetMessage(sent.message) };
	});
	handleRequest(
		app,
		socket,
		'history:after',
		widgetRequests['history:after'],
		async ({ after }) => {
			await requireUse(app, 'read', session_id);
			await replies.load(session_id);
			const history = await getWidgetHistory(ctx, session_id, after);
			return { ...history, reply: replies.getPartialReply(session_id) };
		},
	);
	handleRequest(app, socket, 'typing:set', widgetRequests['typing:set'], async ({ is_typing }) => {
		await limit(`typing ${session_id}`);
		if (is_typing) app.turns.limits.preconnect(chat_session_id);
		const payload = { session_id, sender: 'visitor' as const, author: null, is_typing };
		app.events.publish({ name: 'typing.changed', payload });
		return {};
	});
	handleRequest(app, socket, 'page:set', widgetRequests['page:set'], async (page) => {
		await limit(`page ${session_id}`);
		await setPage(ctx, session_id, page);
		const payload = { session_id, is_online: true, page_url: page.page_url };
		app.events.publish({ name: 'visitor.presence', payload });
		return {};
	});
	handleRequest(app, socket, 'consent:accept', widgetRequests['consent:accept'], async (input) => {
		await limit(`consent ${session_id}`);
		await acceptConsent(ctx, session_id, input);
		return {};
	});
	handleRequest(app, socket, 'handoff:request', widgetRequests['handoff:request'], async () => {
		await limit(session_id);
		await requestPerson(ctx, session_id);
		return {};
	});
	handleRequest(app, socket, 'handoff:cancel', widgetRequests['handoff:cancel'], async () => {
		await limit(session_id);
		await cancelHandoff(ctx, session_id);
		return {};
	});
	handleRequest(
		app,
		socket,
		'visitor:identify',
		widgetRequests['visitor:identify'],
		async (fields) => {
			await limit(`identify ${session_id}`);
			const updated = await updateLead(ctx, { session_id }, { fields, source: 'identify' });
			return updated?.rejected ? { rejected: updated.rejected } : {};
		},
	);
}

function publishPresence(app: App, socket: WidgetSocket, is_online: boolean): void {
	const { session_id } = socket.data;
	const payload = { session_id, is_online, page_url: null };
	app.events.publish({ name: 'visitor.presence', payload });
}
