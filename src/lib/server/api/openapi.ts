import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { json } from './describe.ts';
import { DOCS_ETAG, DOCS_PAGE, DOCS_POLICY } from './docs-page.ts';
import type { ApiEnv } from './env.ts';
import { limitedBy } from './limit.ts';
import { makeDocument, type OpenApiDocument } from './openapi-document.ts';

const tags = ['API'];

const document = createRoute({
	method: 'get',
	path: '/openapi.json',
	tags,
	summary: 'Get this API as an OpenAPI 3.1 document',
	responses: { 200: json(z.record(z.string(), z.unknown()), 'The document') },
});

const docs = createRoute({
	method: 'get',
	path: '/docs',
	tags,
	summary: 'Read this API’s reference in a browser',
	responses: { 200: { description: 'A page', content: { 'text/html': { schema: z.string() } } } },
});

/** Returns the routes of the API's own description. The document is generated on the first request. */
export function openApiRoutes(api: OpenAPIHono<ApiEnv>) {
	let made: OpenApiDocument | undefined;
	const routes = new OpenAPIHono<ApiEnv>();
	routes.get('/openapi.json', limitedBy('read'));
	routes.openapi(document, (c) =>
		c.json((made ??= makeDocument(api, c.var.ctx.app.config.publicUrl)), 200),
	);
	routes.openapi(docs, (c) => {
		c.header('Content-Security-Policy', DOCS_POLICY);
		c.header('Cache-Control', 'public, max-age=300');
		c.header('ETag', DOCS_ETAG);
		if (c.req.header('If-None-Match')?.includes(DOCS_ETAG)) return c.body(null, 304);
		return c.html(DOCS_PAGE, 200);
	});
	return routes;
}
