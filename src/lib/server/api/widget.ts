import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { sessionId, urlInteger } from '#lib/contract/common.ts';
import { siteKey, widgetConfig } from '#lib/contract/site.ts';
import {
	history,
	sendMessageInput,
	sendMessageResult,
	type SendMessageResult,
	startedSession,
	startSessionInput,
} from '#lib/contract/widget.ts';
import { type ReplyHooks, sendAndAwaitReply } from '../ai/turns/index.ts';
import { getWidgetHistory } from '../conversations/messages/index.ts';
import { requireVisitorToken, startSession } from '../conversations/sessions/index.ts';
import type { Ctx } from '../core/context.ts';
import { getWidgetConfig } from '../embed/index.ts';
import { limit, rateLimitBy, getClientNetwork } from './middleware.ts';
import { createProblem } from './problems.ts';
import { type ApiContext, type ApiEnv, body, json } from './route.ts';
import { getBearerToken } from './team.ts';
import {
	admitMessage,
	admitNewSession,
	checkOrigin,
	widgetCors,
	widgetEventRoutes,
} from './widget-events.ts';

const tags = ['Widget'];

const getConfig = createRoute({
	method: 'get',
	path: '/config/{site_key}',
	tags,
	summary: 'Get the widget configuration of a site',
	description:
		'The language of the texts is `language`, else the one set for the site, else the best match for `Accept-Language`.',
	request: {
		params: z.object({ site_key: siteKey }),
		/** Unknown languages are ignored. */
		query: z.object({ language: z.string().max(35).optional() }),
	},
	responses: { 200: json(widgetConfig, 'The configuration of the widget') },
});

const start = createRoute({
	method: 'post',
	path: '/sessions',
	tags,
	summary: 'Start a chat session',
	description: 'Returns the token that proves the browser owns the chat session.',
	request: { body: body(startSessionInput) },
	responses: { 201: json(startedSession, 'The chat session') },
});

const send = createRoute({
	method: 'post',
	path: '/send-message',
	tags,
	summary: 'Send a message and wait for the reply',
	description:
		'Starts a chat session if `session_id` is omitted. With `Accept: text/event-stream`, the reply is streamed as events: ' +
		'`session`, `message` (as stored), `delta` (`{"text"}`), `reply`, and `done` with the same result as in JSON. ' +
		'Repeating a `client_message_id` returns the same reply and stores nothing twice. ' +
		'If the site requires consent, returns 403 until a request includes its `consent_version`.',
	// The token is in the body, because a new chat session has none.
	security: [],
	request: { body: body(sendMessageInput) },
	responses: {
		200: {
			description: 'The reply',
			content: {
				'application/json': { schema: sendMessageResult },
				'text/event-stream': { schema: z.string() },
			},
		},
	},
});

const getHistory = createRoute({
	method: 'get',
	path: '/history',
	tags,
	summary: 'Get the message history',
	description:
		'All messages, or those after a given message. Limited to the newest 2,000 messages and 256 KB of text.',
	security: [{ visitorToken: [] }],
	request: {
		query: z.object({
			session_id: sessionId,
			after: urlInteger(0).optional(),
		}),
	},
	responses: { 200: json(history, 'The chat session and its messages, oldest first') },
});

/** Returns the routes that visitors' browsers call, with a site key and a visitor token instead of an API key. */
export function widgetRoutes() {
	const routes = new OpenAPIHono<ApiEnv>();
	routes.use('*', widgetCors);
	routes.route('/', widgetEventRoutes());
	// Rate-limited before the body is parsed, because anyone can call these routes.
	routes.post('/sessions', rateLimitBy('start'));
	routes.post('/send-message', rateLimitBy('message'));
	routes.openapi(getConfig, async (c) => {
		await limit(c, 'read', getClientNetwork(c));
		const key = c.req.valid('param').site_key;
		await checkOrigin(c, () => Promise.resolve({ key }));
		const { config } = await getWidgetConfig(c.var.ctx, key, {
			page: c.req.valid('query').language,
			browser: c.req.header('Accept-Language'),
		});
		c.header('Vary', 'Accept-Language', { append: true });
		return c.json(config, 200);
	});
	routes.openapi(start, async (c) => {
		const input = c.req.valid('json');
		await admitNewSession(c, input.site);
		const options = { user_agent: c.req.header('User-Agent') };
		const { session, token } = await startSession(c.var.ctx, input, options);
		return c.json({ session_id: session.session_id, token, created_at: session.created_at }, 201);
	});
	routes.openapi(send, async (c) => {
		const input = c.req.valid('json');
		await admitMessage(c, input);
		const user_agent = c.req.header('User-Agent');
		if (/\btext\/event-stream\b/i.test(c.req.header('Accept') ?? '')) {
			return streamReply(c, (hooks) =>
				sendAndAwaitReply(c.var.ctx, input, { ...hooks, user_agent }),
			);
		}
		const hooks = { user_agent, signal: createDisconnectSignal(c) };
		return c.json(await sendAndAwaitReply(c.var.ctx, input, hooks), 200);
	});
	routes.openapi(getHistory, async (c) => {
		await limit(c, 'read', getClientNetwork(c));
		const { session_id, after } = c.req.valid('query');
		const { site_id } = await requireVisitorToken(c.var.ctx, session_id, getBearerToken(c));
		await checkOrigin(c, () => Promise.resolve({ id: site_id }));
		const ctx: Ctx = { ...c.var.ctx, actor: { type: 'visitor', session_id } };
		return c.json(await getWidgetHistory(ctx, session_id, after), 200);
	});
	return routes;
}

/** Returns a signal that aborts when the client disconnects. Its reason is an Error, because Hono handles no other thrown values. */
function createDisconnectSignal(c: ApiContext): AbortSignal {
	const disconnected = new AbortController();
	c.req.raw.signal.addEventListener('abort', () => disconnected.abort(), { once: true });
	return disconnected.signal;
}

const HEARTBEAT_MS = 15_000;

/**
 * Streams the progress of `send` as server-sent events: `session`, `message`, `delta`, `reply`, and `done` with the full
 * result. Throws if `send` fails before the first event; later failures become an `error` event. `send` continues when
 * the client disconnects.
 */
async function streamReply(
	c: ApiContext,
	send: (hooks: ReplyHooks) => Promise<SendMessageResult>,
): Promise<Response> {
	const disconnected = new AbortController();
	const started = Promise.withResolvers<void>();
	let hasStarted = false;
	const events = new ReadableStream<string>({
		start(client) {
			const write = (text: string) => {
				if (!disconnected.signal.aborted) client.enqueue(text);
			};
			const emit = (event: string, data: unknown) => {
				hasStarted = true;
				started.resolve();
				write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
			};
			const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS);
			send({
				onSession: (session) => emit('session', session),
				onMessage: (message) => emit('message', message),
				onDelta: (text) => emit('delta', { text }),
				signal: disconnected.signal,
			})
				.then((result) => {
					if (result.reply) emit('reply', result.reply);
					emit('done', result);
				})
				.catch((error: unknown) => {
					if (!hasStarted) started.reject(error);
					else if (!disconnected.signal.aborted) emit('error', createProblem(error, c));
				})
				.finally(() => {
					clearInterval(heartbeat);
					if (!disconnected.signal.aborted) client.close();
				});
		},
		cancel: () => disconnected.abort(),
	});
	await started.promise;
	return c.body(events.pipeThrough(new TextEncoderStream()), 200, {
		'Content-Type': 'text/event-stream; charset=utf-8',
		'Cache-Control': 'no-store, no-transform',
		'X-Accel-Buffering': 'no',
	});
}
