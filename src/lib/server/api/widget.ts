import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { sessionId } from '#lib/contract/common.ts';
import { siteKey, widgetConfig } from '#lib/contract/site.ts';
import {
	history,
	sendMessageInput,
	sendMessageResult,
	startedSession,
	startSessionInput,
} from '#lib/contract/widget.ts';
import { sendAndAwaitReply } from '../ai/turns/index.ts';
import { getWidgetHistory } from '../conversations/messages/index.ts';
import type { Ctx } from '../core/context.ts';
import { requireVisitorToken, startSession } from '../conversations/sessions/index.ts';
import { getWidgetConfig } from '../sites/index.ts';
import { body, json } from './describe.ts';
import type { ApiContext, ApiEnv } from './env.ts';
import { limit, limitedBy, networkOfClient } from './limit.ts';
import { bearerToken } from './team.ts';
import { admitMessage, admitNewSession } from './widget-admission.ts';
import { checkOrigin, widgetCors } from './widget-cors.ts';
import { widgetEventRoutes } from './widget-events.ts';
import { streamReply } from './widget-stream.ts';

const tags = ['Widget'];

const getConfig = createRoute({
	method: 'get',
	path: '/config/{site_key}',
	tags,
	summary: "A site's look, texts and questions for its widget",
	request: { params: z.object({ site_key: siteKey }) },
	responses: { 200: json(widgetConfig, 'What the widget may know of its site') },
});

const start = createRoute({
	method: 'post',
	path: '/sessions',
	tags,
	summary: 'Start a chat session; its token proves that the browser owns it',
	request: { body: body(startSessionInput) },
	responses: { 201: json(startedSession, 'The chat session that was started') },
});

const send = createRoute({
	method: 'post',
	path: '/send-message',
	tags,
	summary: 'Send a message and wait for the answer, in one piece or streamed',
	description:
		'Without `session_id` a chat session is made. With `Accept: text/event-stream` the answer comes as events: ' +
		'`session`, `message` (as stored), `delta` (`{"text"}`), `reply`, and `done` with the result as in JSON. ' +
		'The same `client_message_id` again gives the same answer and stores nothing twice. ' +
		'Where the site demands consent, 403 until its `consent_version` has come.',
	// The token, which a new chat session has not, is in the body.
	security: [],
	request: { body: body(sendMessageInput) },
	responses: {
		200: {
			description: 'The answer',
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
	summary: 'The chat session and its messages, all or those after one',
	security: [{ visitorToken: [] }],
	request: {
		query: z.object({
			session_id: sessionId,
			after: z.coerce.number().int().nonnegative().optional(),
		}),
	},
	responses: { 200: json(history, 'The chat session and its messages in their order') },
});

/** What browsers of visitors call: no key, but a site's key and the visitor's token. */
export function widgetRoutes() {
	const routes = new OpenAPIHono<ApiEnv>();
	routes.use('*', widgetCors);
	routes.route('/', widgetEventRoutes());
	// Counted before the body is parsed: anybody may send one.
	routes.post('/sessions', limitedBy('start'));
	routes.post('/send-message', limitedBy('message'));
	routes.openapi(getConfig, async (c) => {
		await limit(c, 'read', networkOfClient(c));
		const key = c.req.valid('param').site_key;
		await checkOrigin(c, () => Promise.resolve({ key }));
		const { config } = await getWidgetConfig(c.var.ctx, key);
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
		const hooks = { user_agent, signal: leavingOf(c) };
		return c.json(await sendAndAwaitReply(c.var.ctx, input, hooks), 200);
	});
	routes.openapi(getHistory, async (c) => {
		await limit(c, 'read', networkOfClient(c));
		const { session_id, after } = c.req.valid('query');
		const { site_id } = await requireVisitorToken(c.var.ctx, session_id, bearerToken(c));
		await checkOrigin(c, () => Promise.resolve({ id: site_id }));
		const ctx: Ctx = { ...c.var.ctx, actor: { type: 'visitor', session_id } };
		return c.json(await getWidgetHistory(ctx, session_id, after), 200);
	});
	return routes;
}

/** Aborted when the client leaves, with an error as the reason: Hono takes no other thing that is thrown. */
function leavingOf(c: ApiContext): AbortSignal {
	const gone = new AbortController();
	c.req.raw.signal.addEventListener('abort', () => gone.abort(), { once: true });
	return gone.signal;
}
