import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { widgetEvents } from '#lib/contract/widget.ts';
import { isCrawler } from '../core/crawlers.ts';
import { AppError } from '../core/errors.ts';
import { parse, parseJson } from '../core/parse.ts';
import { countWidgetEvents } from '../statistics/index.ts';
import type { ApiContext, ApiEnv } from './route.ts';
import { limit, networkOfClient } from './limit.ts';
import { checkOrigin } from './widget-access.ts';

const count = createRoute({
	method: 'post',
	path: '/events',
	tags: ['Widget'],
	summary: 'Count widget events',
	description:
		'Records that a widget was shown or opened, one event or up to 20. Crawlers and prefetches are ignored. The JSON may be sent as `text/plain`, as `navigator.sendBeacon` does.',
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
		await limit(c, 'read', networkOfClient(c));
		const events = parse(widgetEvents, await readJson(c));
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

async function readJson(c: ApiContext): Promise<unknown> {
	const type = c.req.header('Content-Type') ?? 'text/plain';
	if (!/^(application\/json|text\/plain)\b/i.test(type)) {
		throw new AppError('unsupported_media_type', 'send the body as application/json or text/plain');
	}
	return parseJson(await c.req.text());
}

/** Whether the browser is preloading the page. */
const isPrefetch = (c: ApiContext) =>
	/prefetch|prerender/i.test(c.req.header('Sec-Purpose') ?? c.req.header('Purpose') ?? '');
