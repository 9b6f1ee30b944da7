import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { widgetEvents } from '#lib/contract/widget-event.ts';
import { isCrawler } from '../core/crawlers.ts';
import { AppError } from '../core/errors.ts';
import { parse, parseJson } from '../core/parse.ts';
import { countWidgetEvents } from '../statistics/index.ts';
import type { ApiContext, ApiEnv } from './env.ts';
import { limit, networkOfClient } from './limit.ts';
import { checkOrigin } from './widget-cors.ts';

const count = createRoute({
	method: 'post',
	path: '/events',
	tags: ['Widget'],
	summary:
		'Count that a widget was shown or opened; from crawlers and prefetches nothing is counted',
	description:
		'One event or up to 20. The JSON may come as `text/plain`, as `navigator.sendBeacon` sends it.',
	request: {
		body: {
			required: true,
			content: {
				'application/json': { schema: widgetEvents },
				'text/plain': { schema: z.string() },
			},
		},
	},
	responses: { 204: { description: 'Counted' } },
});

/** What widgets tell of themselves, with or without a chat session. */
export function widgetEventRoutes() {
	const routes = new OpenAPIHono<ApiEnv>();
	// Read by hand: the schema's own reading refuses what a beacon sends.
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

/** A page that the browser loads before anybody wants to see it. */
const isPrefetch = (c: ApiContext) =>
	/prefetch|prerender/i.test(c.req.header('Sec-Purpose') ?? c.req.header('Purpose') ?? '');
