import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { readTracking } from '#lib/contract/visitor-context.ts';
import { type SendMessageInput, widgetEvents } from '#lib/contract/widget.ts';
import { requireVisitorToken } from '../conversations/sessions/index.ts';
import { isCrawler } from '../core/crawlers.ts';
import { AppError, forbidden } from '../core/errors.ts';
import { parse, parseJson } from '../core/parse.ts';
import { requireOrigin } from '../sites/index.ts';
import { countWidgetEvents } from '../statistics/index.ts';
import { limit, getClientNetwork } from './middleware.ts';
import type { ApiContext, ApiEnv } from './route.ts';

const count = createRoute({
	method: 'post',
	path: '/events',
	tags: ['Widget'],
	summary: 'Count widget events',
	description:
		'Records that widgets were shown or opened: one event, or an array of up to 20. Crawlers and prefetches are ignored. The JSON may be sent as `text/plain`, as `navigator.sendBeacon` does.',
	request: {
		body: {
			required: true,
			content: {
				'application/json': { schema: widgetEvents },
				'text/plain': { schema: z.string() },
			},
		},
	},
	responses: { 204: { description: 'Accepted' } },
});

/** Returns the route that counts widget events. */
export function widgetEventRoutes() {
	const routes = new OpenAPIHono<ApiEnv>();
	// Parsed here because the generated validator rejects a beacon's content type.
	routes.openAPIRegistry.registerPath(count);
	routes.post('/events', async (c) => {
		await limit(c, 'read', getClientNetwork(c));
		const body = await readJson(c);
		const events = parse(
			widgetEvents,
			Array.isArray(body) ? body.map(addTracking) : addTracking(body),
		);
		for (const key of new Set([events].flat().map(({ site }) => site))) {
			await checkOrigin(c, () => Promise.resolve({ key }));
		}
		if (!isCrawler(c.req.header('User-Agent')) && !isPrefetch(c)) {
			await countWidgetEvents(c.var.ctx, events);
		}
		return c.body(null, 204);
	});
	return routes;
}

/** Adds the campaign from the event's URLs, before the URLs are truncated. */
function addTracking(event: unknown): unknown {
	const { success, data } = trackedEventSchema.safeParse(event);
	return success ? { ...data, context: { ...readTracking(data.context), ...data.context } } : event;
}

const trackedEventSchema = z.looseObject({
	context: z.looseObject({ landing_url: z.string().optional(), page_url: z.string().optional() }),
});

async function readJson(c: ApiContext): Promise<unknown> {
	const type = c.req.header('Content-Type') ?? 'text/plain';
	if (!/^(application\/json|text\/plain)\b/i.test(type)) {
		throw new AppError('unsupported_media_type', 'send the body as application/json or text/plain');
	}
	return parseJson(await c.req.text());
}

/** Returns whether the browser is prefetching or prerendering the page. */
const isPrefetch = (c: ApiContext) =>
	/prefetch|prerender/i.test(c.req.header('Sec-Purpose') ?? c.req.header('Purpose') ?? '');

const EXPOSED_HEADERS =
	'X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset';

/**
 * Allows any origin to read responses. Only the handler knows which site a call is for, so its `checkOrigin` revokes the
 * permission if the origin isn't allowed. Any page may read errors raised earlier. Cookies are not involved.
 */
export const widgetCors: MiddlewareHandler<ApiEnv> = async (c, next) => {
	c.header('Vary', 'Origin');
	// Beacons from cross-origin isolated pages are not CORS requests.
	c.header('Cross-Origin-Resource-Policy', 'cross-origin');
	const origin = c.req.header('Origin');
	if (origin === undefined) return next();
	c.header('Access-Control-Allow-Origin', origin);
	c.header('Access-Control-Expose-Headers', EXPOSED_HEADERS);
	if (c.req.method !== 'OPTIONS') return next();
	c.header('Access-Control-Allow-Methods', 'GET, POST');
	c.header('Access-Control-Allow-Headers', 'Content-Type, Authorization');
	c.header('Access-Control-Max-Age', '600');
	return c.body(null, 204);
};

/** Throws Forbidden if the page isn't allowed to embed the site; the page can't read the response. */
export async function checkOrigin(
	c: ApiContext,
	site: () => Promise<{ id: number } | { key: string }>,
): Promise<void> {
	const headers = { origin: c.req.header('Origin'), host: c.req.header('Host') };
	try {
		await requireOrigin(c.var.ctx, headers, site);
	} catch (error) {
		const isRefused = error instanceof AppError && error.code === 'forbidden';
		if (isRefused) c.header('Access-Control-Allow-Origin', undefined);
		throw error;
	}
}

/** Throws Forbidden if a crawler, or a page that isn't allowed to embed the site, starts a chat session. */
export async function admitNewSession(c: ApiContext, site: string): Promise<void> {
	if (isCrawler(c.req.header('User-Agent'))) throw forbidden('crawlers cannot start chat sessions');
	await checkOrigin(c, () => Promise.resolve({ key: site }));
}

/**
 * Throws unless a message comes from the browser that owns its chat session, or may start a new chat session. Applies rate
 * limits.
 */
export async function admitMessage(c: ApiContext, input: SendMessageInput): Promise<void> {
	const { session_id, token, site = 'default' } = input;
	if (session_id === undefined) {
		await limit(c, 'start', getClientNetwork(c));
		return admitNewSession(c, site);
	}
	const { site_id } = await requireVisitorToken(c.var.ctx, session_id, token);
	await limit(c, 'chat', session_id);
	await checkOrigin(c, () => Promise.resolve({ id: site_id }));
}
