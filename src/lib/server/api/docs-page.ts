import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { MediaTypes, OpenApiDocument, Operation } from './openapi-document';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h2 { margin: 2.5rem 0 .5rem }
details { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 8px; margin: .5rem 0; padding: .6rem .9rem }
summary { cursor: pointer }
code, pre { font: .875rem/1.5 ui-monospace, monospace }
pre { overflow: auto; padding: .75rem; border-radius: 6px; background: color-mix(in srgb, currentColor 7%, transparent) }
summary b { display: inline-block; min-width: 4rem; text-transform: uppercase; font-size: .8rem }
table { border-collapse: collapse } td { padding: .15rem 1rem .15rem 0; vertical-align: top }
`;

const POLICY = `default-src 'none'; frame-ancestors 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** The OpenAPI document as one page that loads nothing, with the policy that lets only its own style in. */
export function docsPage(document: OpenApiDocument) {
	const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
	);
	const groups = Object.entries(
		Object.groupBy(operations, ({ operation }) => operation.tags[0] ?? ''),
	);
	const page = html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta name="viewport" content="width=device-width" />
				<title>${document.info.title} API</title>
				<style>
					${raw(STYLE)}
				</style>
			</head>
			<body>
				<h1>${document.info.title} API</h1>
				<p>
					For programs: <a href="openapi.json">openapi.json</a> (OpenAPI ${document.openapi}). Send
					a key as <code>X-API-Key</code> or as <code>Authorization: Bearer</code>.
				</p>
				${groups.map(
					([tag, members = []]) =>
						html`<h2>${tag}</h2>
							${members.map(({ path, method, operation }) => operationHtml(path, method, operation))}`,
				)}
				<h2>Schemas</h2>
				${Object.entries(document.components.schemas).map(
					([name, schema]) =>
						html`<details id="${name}">
							<summary><code>${name}</code></summary>
							${jsonHtml(schema)}
						</details>`,
				)}
			</body>
		</html>`;
	return { html: page, policy: POLICY };
}

function operationHtml(path: string, method: string, operation: Operation) {
	const scopes = [...new Set(operation.security.flatMap((way) => Object.values(way).flat()))];
	const { requestBody } = operation;
	return html`<details>
		<summary><b>${method}</b> <code>${path}</code> ${operation.summary}</summary>
		${operation.description ? html`<p>${operation.description}</p>` : ''}
		${scopes.length > 0 ? html`<p>Scope: <code>${scopes.join(', ')}</code></p>` : ''}
		${
			operation.parameters.length > 0
				? html`<h3>Parameters</h3>
						<table>
							${operation.parameters.map(parameterHtml)}
						</table>`
				: ''
		}
		${
			requestBody
				? html`<h3>Body</h3>
						${Object.entries(requestBody.content).map(contentHtml)}`
				: ''
		}
		<h3>Answers</h3>
		${Object.entries(operation.responses).map(
			([status, response]) =>
				html`<p><b>${status}</b> ${response.description}</p>
					${status.startsWith('2') ? Object.entries(response.content ?? {}).map(contentHtml) : ''}`,
		)}
	</details>`;
}

const parameterHtml = ({ name, in: where, required, schema }: Operation['parameters'][number]) =>
	html`<tr>
		<td><code>${name}</code></td>
		<td>${where}${required ? ', required' : ''}</td>
		<td><code>${JSON.stringify(schema)}</code></td>
	</tr>`;

const contentHtml = ([type, { schema, example }]: [string, MediaTypes[string]]) =>
	html`<p><code>${type}</code></p>
		${jsonHtml(schema)}
		${
			example === undefined
				? ''
				: html`<p>For example</p>
						${jsonHtml(example)}`
		}`;

/** A schema, with its references as links to where they stand on the page. */
function jsonHtml(schema: unknown) {
	const parts = JSON.stringify(schema, null, 2).split(/"#\/components\/schemas\/(\w+)"/);
	return html`<pre>
${parts.map((part, index) => (index % 2 === 1 ? html`<a href="#${part}">${part}</a>` : part))}</pre>`;
}
