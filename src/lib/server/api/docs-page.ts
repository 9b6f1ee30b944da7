import { createHash } from 'node:crypto';
import bundle from 'swagger-ui-dist/swagger-ui-bundle.js?url';
import styles from 'swagger-ui-dist/swagger-ui.css?url';

/** Applies the system's color scheme, lists each route once and points "Try it out" at the current origin. */
const SCRIPT = `
const dark = matchMedia('(prefers-color-scheme: dark)');
const applyTheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', applyTheme);
applyTheme();

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
		validatorUrl: null,
	});
}
start();
`;

const STYLE = `
body { margin: 0; background: #fff }
html.dark-mode body { background: #1c2022 }
.swagger-ui .info { margin: 24px 0 }
.swagger-ui .scheme-container { margin-bottom: 0; padding: 16px 0 }
@media (max-width: 640px) { .swagger-ui .opblock .opblock-summary { flex-wrap: wrap } }
`;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Allows only this server's files and the two inline blocks above, for loading and for requests. */
export const DOCS_POLICY = [
	"default-src 'none'",
	"base-uri 'none'",
	"connect-src 'self'",
	"form-action 'none'",
	"frame-ancestors 'none'",
	'img-src data:',
	`script-src 'self' ${hashOf(SCRIPT)}`,
	`style-src 'self' ${hashOf(STYLE)}`,
].join('; ');

/** The API reference: Swagger UI, served from this server, rendering the OpenAPI document. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
	<head>
		<meta charset="utf-8" />
		<meta name="viewport" content="width=device-width, initial-scale=1" />
		<title>Frontdesk API</title>
		<link rel="stylesheet" href="${styles}" />
		<style>${STYLE}</style>
	</head>
	<body>
		<main id="docs">
			<noscript><p>This page requires JavaScript. See <a href="openapi.json">openapi.json</a> for the machine-readable description.</p></noscript>
		</main>
		<script src="${bundle}"></script>
		<script>${SCRIPT}</script>
	</body>
</html>
`;

export const DOCS_ETAG = `"${createHash('sha256').update(DOCS_PAGE).digest('base64url')}"`;
