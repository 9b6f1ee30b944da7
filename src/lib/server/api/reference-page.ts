import { createHash } from 'node:crypto';
import inter from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url';
import bundle from 'swagger-ui-dist/swagger-ui-bundle.js?url';
import styles from 'swagger-ui-dist/swagger-ui.css?url';
import tokens from '../../tokens.css?raw';
import css from './reference.css?raw';

/**
 * Applies the dashboard's theme, lists each route once and points "Try it out" at the current origin. Groups are collapsed
 * until the person opens them or filters. Code samples in the introduction get a copy button. Renders paths as text, because
 * Swagger UI nests a link in each route's button; expanding a route still updates the address bar. Asks for an API key
 * in one way, and not for the session cookie, which the browser sends on its own and pages can't set. Focuses the API key
 * instead of the last credential. "Try it out" fills in only the parameters that are required, because an invented cursor is
 * rejected.
 */
const SCRIPT = `
const dark = matchMedia('(prefers-color-scheme: dark)');
const applyTheme = () => {
	let choice = null;
	try { choice = localStorage.getItem('frontdesk.theme'); } catch {}
	if (choice !== 'light' && choice !== 'dark') choice = dark.matches ? 'dark' : 'light';
	document.documentElement.dataset.theme = choice;
};
dark.addEventListener('change', applyTheme);
addEventListener('storage', applyTheme);
applyTheme();

const plainPaths = () => ({
	wrapComponents: {
		DeepLink: (link, { React }) => ({ text }) => React.createElement('span', null, text),
	},
});

function whenRendered(callback) {
	new MutationObserver((_, observer) => {
		if (!document.querySelector('.info pre') || !document.querySelector('.filter')) return;
		observer.disconnect();
		callback();
	}).observe(document.getElementById('docs'), { childList: true, subtree: true });
}

function addCopyButton(code) {
	code.tabIndex = 0;
	if (!navigator.clipboard) return;
	const button = document.createElement('button');
	button.className = 'btn copy';
	button.textContent = 'Copy';
	button.addEventListener('click', async () => {
		await navigator.clipboard.writeText(code.textContent.trim());
		button.textContent = 'Copied';
		setTimeout(() => (button.textContent = 'Copy'), 2000);
	});
	const frame = document.createElement('div');
	frame.className = 'sample';
	code.replaceWith(frame);
	frame.append(code, button);
}

async function start() {
	const spec = await (await fetch('openapi.json')).json();
	for (const path of Object.keys(spec.paths)) {
		if (path.startsWith('/api/messenger-sessions')) delete spec.paths[path];
	}
	const isOffered = (scheme) => scheme !== 'authSession' && scheme !== 'bearer';
	for (const scheme of Object.keys(spec.components.securitySchemes)) {
		if (!isOffered(scheme)) delete spec.components.securitySchemes[scheme];
	}
	for (const operation of Object.values(spec.paths).flatMap(Object.values)) {
		operation.security = operation.security?.filter((schemes) => Object.keys(schemes).every(isOffered));
		for (const parameter of operation.parameters ?? []) if (!parameter.required) delete parameter.example;
	}
	spec.info.description = spec.info.description.replaceAll(spec.servers[0].url, location.origin);
	spec.servers = [{ url: location.origin }];
	whenRendered(() => {
		document.querySelectorAll('.info pre').forEach(addCopyButton);
		document.querySelector('.filter').id = 'routes';
	});
	const ui = SwaggerUIBundle({
		spec,
		dom_id: '#docs',
		deepLinking: true,
		defaultModelsExpandDepth: 0,
		docExpansion: 'none',
		filter: true,
		plugins: [plainPaths],
		validatorUrl: null,
	});
	document.getElementById('docs').addEventListener('click', ({ target }) => {
		if (!target.closest('.authorize, .authorization__btn')) return;
		requestAnimationFrame(() => {
			document.querySelector('.dialog-ux input')?.focus();
			document.querySelector('.modal-ux-content')?.scrollTo(0, 0);
		});
	});
	let isFiltered = false;
	document.getElementById('docs').addEventListener('input', ({ target }) => {
		if (!target.matches('.operation-filter-input') || isFiltered === (target.value !== '')) return;
		isFiltered = !isFiltered;
		for (const { name } of spec.tags) ui.layoutActions.show(['operations-tag', name], isFiltered);
	});
}
start();
`;

const STYLE = `
@font-face { font-family: 'Inter Variable'; font-weight: 100 900; font-display: swap; src: url(${inter}) format('woff2') }
${tokens}
${css}`;

const toCspHash = (text: string) =>
	`'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Allows only this server's files and the two inline blocks above. */
const policy = [
	"default-src 'none'",
	"base-uri 'none'",
	"connect-src 'self'",
	"font-src 'self'",
	"form-action 'none'",
	"frame-ancestors 'none'",
	"img-src 'self' data:",
	`script-src 'self' ${toCspHash(SCRIPT)}`,
	`style-src 'self' ${toCspHash(STYLE)}`,
].join('; ');

/** Swagger UI, served from this server, rendering the OpenAPI document under the product's header. */
const page = `<!doctype html>
<html lang="en">
	<head>
		<meta charset="utf-8" />
		<meta name="viewport" content="width=device-width, initial-scale=1" />
		<meta name="color-scheme" content="light dark" />
		<title>API reference · Frontdesk</title>
		<link rel="icon" href="../favicon.svg" />
		<link rel="stylesheet" href="${styles}" />
		<style>${STYLE}</style>
	</head>
	<body>
		<header>
			<a href="../">
				<span class="mark"><svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M3 20a1 1 0 0 1-1-1v-1a2 2 0 0 1 2-2h16a2 2 0 0 1 2 2v1a1 1 0 0 1-1 1Z" /><path d="M20 16a8 8 0 1 0-16 0" /><path d="M12 4v4" /><path d="M10 4h4" /></svg></span>
				Frontdesk
			</a>
			<a href="#routes">Routes</a>
			<a href="openapi.json">OpenAPI document</a>
		</header>
		<div id="docs">
			<noscript><p>This page requires JavaScript. See <a href="openapi.json">openapi.json</a> for the machine-readable description.</p></noscript>
		</div>
		<script src="${bundle}"></script>
		<script>${SCRIPT}</script>
	</body>
</html>
`;

/** The API reference: the page, its Content-Security-Policy and its ETag. */
export const REFERENCE = {
	page,
	policy,
	etag: `"${createHash('sha256').update(page).digest('base64url')}"`,
};
