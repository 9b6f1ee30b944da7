import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { webhookEvent } from '#lib/contract/events.ts';
import { webhookPayload } from '#lib/contract/delivery.ts';
import { PAYLOAD_VERSION } from '../delivery/webhooks/index.ts';
import { toJsonSchema } from './json-schemas.ts';
import { rateLimitBy } from './middleware.ts';
import { createOpenApiDocument, type OpenApiDocument } from './openapi-document.ts';
import { REFERENCE } from './reference-page.ts';
import { type ApiEnv, json } from './route.ts';

const tags = ['API'];

const document = createRoute({
	method: 'get',
	path: '/openapi.json',
	tags,
	summary: 'Get the OpenAPI document',
	responses: { 200: json(z.record(z.string(), z.unknown()), 'The OpenAPI document') },
});

const docs = createRoute({
	method: 'get',
	path: '/docs',
	tags,
	summary: 'Read the API reference',
	responses: {
		200: { description: 'The reference page', content: { 'text/html': { schema: z.string() } } },
	},
});

const file = z
	.string()
	.regex(/^[a-z_.]+\.json$/)
	.transform((name) => name.replace(/\.json$/, ''))
	.pipe(webhookEvent);

const schema = createRoute({
	method: 'get',
	path: '/schemas/{file}',
	tags: ['Webhook endpoints'],
	summary: 'Get the JSON Schema of a webhook payload',
	description: 'The file is named after the event, e.g. `lead.completed.json`.',
	request: { params: z.object({ file }) },
	responses: { 200: json(z.record(z.string(), z.unknown()), 'The JSON Schema') },
});

/** Returns the routes that describe the API. The OpenAPI document is generated on the first request. */
export function openApiRoutes(api: OpenAPIHono<ApiEnv>) {
	let openApiDocument: OpenApiDocument | undefined;
	const routes = new OpenAPIHono<ApiEnv>();
	routes.get('/openapi.json', rateLimitBy('read'));
	routes.get('/docs', rateLimitBy('read'));
	routes.openapi(document, (c) =>
		c.json((openApiDocument ??= createOpenApiDocument(api, c.var.ctx.app.config.publicUrl)), 200),
	);
	routes.openapi(docs, (c) => {
		c.header('Content-Security-Policy', REFERENCE.policy);
		c.header('Cache-Control', 'public, max-age=300');
		c.header('ETag', REFERENCE.etag);
		if (c.req.header('If-None-Match')?.includes(REFERENCE.etag)) return c.body(null, 304);
		return c.html(REFERENCE.page, 200);
	});
	routes.openapi(schema, (c) => {
		const event = c.req.valid('param').file;
		const { publicUrl } = c.var.ctx.app.config;
		return c.json(
			{
				...toJsonSchema(webhookPayload(event)),
				$id: `${publicUrl}/api/schemas/${event}.json`,
				title: `${event}, version ${PAYLOAD_VERSION}`,
			},
			200,
		);
	});
	return routes;
}
