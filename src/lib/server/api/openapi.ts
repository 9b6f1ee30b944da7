import { createHash } from 'node:crypto';
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { docsPage } from './docs/page.ts';
import { json } from './describe.ts';
import { limitedBy } from './limit.ts';
import type { ApiEnv } from './env.ts';
import { makeDocument, type OpenApiDocument } from './openapi-document.ts';

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
	let page: ReturnType<typeof render> | undefined;
	const pageFor = (publicUrl: string) => (page ??= render(documentOf(publicUrl)));
	const routes = new OpenAPIHono<ApiEnv>();
	routes.get('/docs', limitedBy('read'));
	routes.get('/openapi.json', limitedBy('read'));
	routes.openapi(document, (c) => c.json(documentOf(c.var.ctx.app.config.publicUrl), 200));
	routes.openapi(docs, async (c) => {
		const { html, policy, etag } = await pageFor(c.var.ctx.app.config.publicUrl);
		c.header('Content-Security-Policy', policy);
		c.header('Cache-Control', 'public, max-age=300');
		c.header('ETag', etag);
		if (c.req.header('If-None-Match')?.includes(etag)) return c.body(null, 304);
		return c.html(html, 200);
	});
	return routes;
}

/** The page as text, made once: it takes a while, and anybody may ask for it. */
async function render(document: OpenApiDocument) {
	const { html, policy } = docsPage(document);
	const text = (await html).toString();
	return { html: text, policy, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
}
