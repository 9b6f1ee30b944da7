import { createHash } from 'node:crypto';
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import bundle from 'swagger-ui-dist/swagger-ui-bundle.js?url';
import styles from 'swagger-ui-dist/swagger-ui.css?url';
import { z } from 'zod';
import { webhookEvent } from '#lib/contract/events.ts';
import { webhookPayload } from '#lib/contract/delivery.ts';
import { PAYLOAD_VERSION } from '../delivery/webhooks/index.ts';
import { toJsonSchema } from './json-schemas.ts';
import { rateLimitBy } from './middleware.ts';
import { createOpenApiDocument, type OpenApiDocument } from './openapi-document.ts';
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
		c.header('Content-Security-Policy', DOCS_POLICY);
		c.header('Cache-Control', 'public, max-age=300');
		c.header('ETag', DOCS_ETAG);
		if (c.req.header('If-None-Match')?.includes(DOCS_ETAG)) return c.body(null, 304);
		return c.html(DOCS_PAGE, 200);
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

/**
 * Applies the system's color scheme, lists each route once and points "Try it out" at the current origin. Renders paths as
 * text, because Swagger UI nests a link in each route's button; expanding a route still updates the address bar.
 */
const SCRIPT = `
const dark = matchMedia('(prefers-color-scheme: dark)');
const applyTheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', applyTheme);
applyTheme();

const plainPaths = () => ({
	wrapComponents: {
		DeepLink: (link, { React }) => ({ text }) => React.createElement('span', null, text),
	},
});

async function start() {
	const spec = await (await fetch('openapi.json')).json();
	for (const path of Object.keys(spec.paths)) {
		if (path.startsWith('/api/messenger-sessions')) delete spec.paths[path];
	}
	spec.servers = [{ url: location.origin }];
	SwaggerUIBundle({
		spec,
		dom_id: '#docs',
		deepLinking: true,
		defaultModelsExpandDepth: 0,
		docExpansion: 'list',
		filter: true,
		plugins: [plainPaths],
		validatorUrl: null,
	});
}
start();
`;

/** Raises contrast to WCAG AA, and hides the server list, which has one entry. */
const STYLE = `
body { margin: 0; background: #fafaf8 }
html.dark-mode body { background: #1c2022 }
.swagger-ui, .swagger-ui .info :is(.title, p, li), .swagger-ui .opblock-tag, .swagger-ui .opblock .opblock-summary-description,
.swagger-ui .btn, .swagger-ui :is(label, table, select, input) { font-family: 'Inter Variable', Inter, system-ui, sans-serif }
.swagger-ui .wrapper { max-width: 1120px }
.swagger-ui .info .title { font-size: 28px; letter-spacing: -0.02em }
.swagger-ui .info code { color: #0b6e5f; background: #e2f1ed; font-weight: 500 }
html.dark-mode .swagger-ui .info code { color: #3fc4ac; background: #12312c }
.swagger-ui .opblock-tag { font-size: 18px }
.swagger-ui .opblock { box-shadow: none }
.swagger-ui .opblock .opblock-summary-path { font-weight: 500 }
header { max-width: 1120px; margin: 0 auto; padding: 16px 20px 0; font: 600 14px/20px 'Inter Variable', Inter, system-ui, sans-serif }
header a { color: #0b6e5f; text-decoration: none }
html.dark-mode header a { color: #3fc4ac }
header a::before { content: '← ' }
.swagger-ui .info { margin: 16px 0 24px }
.swagger-ui .scheme-container { margin-bottom: 0; padding: 16px 0; background: none; box-shadow: none }
.swagger-ui .filter .operation-filter-input { width: 100%; box-sizing: border-box }
.swagger-ui .servers, .swagger-ui .servers-title { display: none }
.swagger-ui .opblock .opblock-summary-method { color: #fff !important }
.swagger-ui .opblock-get .opblock-summary-method { background: #1a63b8 !important }
.swagger-ui .opblock-post .opblock-summary-method { background: #1a7a4c !important }
.swagger-ui .opblock-put .opblock-summary-method { background: #8a5200 !important }
.swagger-ui .opblock-patch .opblock-summary-method { background: #0f766e !important }
.swagger-ui .opblock-delete .opblock-summary-method { background: #c0241c !important }
.swagger-ui .btn.authorize { color: #1a7a4c; border-color: #1a7a4c }
.swagger-ui .btn.authorize svg { fill: #1a7a4c }
.swagger-ui .info .title small { background: #4a5260 }
.swagger-ui .info .title small.version-stamp { background: #4d6b00 }
html:not(.dark-mode) .swagger-ui .parameter__in { color: #5a6270 }
html.dark-mode .swagger-ui .btn.authorize { color: #6ee0ad; border-color: #6ee0ad }
html.dark-mode .swagger-ui .btn.authorize svg { fill: #6ee0ad }
@media (max-width: 640px) { .swagger-ui .opblock .opblock-summary { flex-wrap: wrap } }
`;

const toCspHash = (text: string) =>
	`'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Allows only this server's files and the two inline blocks above. */
const DOCS_POLICY = [
	"default-src 'none'",
	"base-uri 'none'",
	"connect-src 'self'",
	"form-action 'none'",
	"frame-ancestors 'none'",
	'img-src data:',
	`script-src 'self' ${toCspHash(SCRIPT)}`,
	`style-src 'self' ${toCspHash(STYLE)}`,
].join('; ');

/** The API reference: Swagger UI, served from this server, rendering the OpenAPI document. */
const DOCS_PAGE = `<!doctype html>
<html lang="en">
	<head>
		<meta charset="utf-8" />
		<meta name="viewport" content="width=device-width, initial-scale=1" />
		<title>Frontdesk API</title>
		<link rel="stylesheet" href="${styles}" />
		<style>${STYLE}</style>
	</head>
	<body>
		<header><a href="../">Frontdesk</a></header>
		<main id="docs">
			<noscript><p>This page requires JavaScript. See <a href="openapi.json">openapi.json</a> for the machine-readable description.</p></noscript>
		</main>
		<script src="${bundle}"></script>
		<script>${SCRIPT}</script>
	</body>
</html>
`;

const DOCS_ETAG = `"${createHash('sha256').update(DOCS_PAGE).digest('base64url')}"`;
