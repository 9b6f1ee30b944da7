import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { docsPage } from './docs/page';
import { json } from './describe';
import type { ApiEnv } from './env';
import { makeDocument, type OpenApiDocument } from './openapi-document';

const tags = ['API'];

const document = createRoute({
	method: 'get',
	path: '/openapi.json',
	tags,
	summary: 'This API as an OpenAPI 3.1 document',
	responses: { 200: json(z.record(z.string(), z.unknown()), 'The document') },
});

const docs = createRoute({
	method: 'get',
	path: '/docs',
	tags,
	summary: 'This API as a page to read',
	responses: { 200: { description: 'A page', content: { 'text/html': { schema: z.string() } } } },
});

/** The API's description, made from the routes when it is first asked for. */
export function openApiRoutes(api: OpenAPIHono<ApiEnv>) {
	let made: OpenApiDocument | undefined;
	const documentOf = (publicUrl: string) => (made ??= makeDocument(api, publicUrl));
	const routes = new OpenAPIHono<ApiEnv>();
	routes.openapi(document, (c) => c.json(documentOf(c.var.ctx.app.config.publicUrl), 200));
	routes.openapi(docs, (c) => {
		const page = docsPage(documentOf(c.var.ctx.app.config.publicUrl));
		c.header('Content-Security-Policy', page.policy);
		return c.html(page.html, 200);
	});
	return routes;
}
