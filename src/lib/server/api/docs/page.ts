import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { OpenApiDocument } from '../openapi-document.ts';
import { anchorOf, operationHtml, wordsOf, type Placed } from './operation.ts';
import { schemaHtml } from './schema.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const POLICY = `default-src 'none'; frame-ancestors 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}`;
/** The older name of `/api/sessions`, under which every path of it is there once more. */
const OLDER = '/api/messenger-sessions';

/** The OpenAPI document as one page that loads nothing, with the policy that lets only its own style and script in. */
export function docsPage(document: OpenApiDocument) {
	const groups = Object.entries(
		Object.groupBy(operationsOf(document), ({ operation }) => operation.tags[0] ?? ''),
	).map(([tag, members = []]) => ({ tag, members }));
	const server = document.servers[0]?.url ?? '';
	const { schemas } = document.components;
	const page = html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<title>${document.info.title} API</title>
				${raw(`<style>${STYLE}</style>`)}
			</head>
			<body>
				<div class="page">
					<nav aria-label="Operations">
						<label hidden>
							Filter
							<input type="search" placeholder="sessions, POST, export" autocomplete="off" />
						</label>
						<div class="tags" tabindex="0" role="group" aria-label="Groups">
							${groups.map(({ tag }) => html`<a href="#${idOf(tag)}">${tag}</a> `)}
							<a href="#schemas">Schemas</a>
						</div>
						<div class="groups">${groups.map(groupLinks)}</div>
					</nav>
					<main>
						${introduction(document, server)}
						${groups.map(
							({ tag, members }) =>
								html`<section>
									<h2 id="${idOf(tag)}">${tag}</h2>
									${members.map((placed) => operationHtml(placed, { server, schemas }))}
								</section>`,
						)}
						<section>
							<h2 id="schemas">Schemas</h2>
							${Object.entries(schemas).map(schemaOf)}
						</section>
						<p class="none" role="status" hidden>
							No operation fits “<b></b>”. Try a word of its path or of what it does.
						</p>
					</main>
				</div>
				${raw(`<script>${SCRIPT}</script>`)}
			</body>
		</html>`;
	return { html: page, policy: POLICY };
}

const idOf = (tag: string) => tag.toLowerCase().replaceAll(' ', '-');

function operationsOf({ paths }: OpenApiDocument): Placed[] {
	return Object.entries(paths)
		.filter(([path]) => !path.startsWith(OLDER))
		.flatMap(([path, methods]) => {
			const older = path.replace(/^\/api\/sessions/, OLDER);
			const alias = older !== path && older in paths ? older : undefined;
			return Object.entries(methods).map(([method, operation]) => ({
				path,
				method,
				operation,
				...(alias && { alias }),
			}));
		});
}

const groupLinks = ({ tag, members }: { tag: string; members: Placed[] }) =>
	html`<details>
		<summary>${tag}</summary>
		<ul>
			${members.map(
				(placed) =>
					html`<li data-words="${wordsOf(placed)}">
						<a href="#${anchorOf(placed)}">${placed.operation.summary}</a>
					</li>`,
			)}
		</ul>
	</details>`;

const introduction = (document: OpenApiDocument, server: string) =>
	html`<h1>${document.info.title} API</h1>
		<p class="quiet">
			${server} · for programs: <a href="openapi.json">openapi.json</a> (OpenAPI
			${document.openapi})
		</p>
		<p>
			Send an API key (Settings, API keys) as <code>X-API-Key</code> or as
			<code>Authorization: Bearer</code>. Bodies and answers are JSON, times ISO 8601 in UTC.
		</p>
		<p>
			Lists are pages, newest first: pass <code>next_cursor</code> on as <code>cursor</code> until
			it is null. Refusals are <code>application/problem+json</code> with <code>title</code>,
			<code>detail</code> and, for a field, <code>errors</code>. After a 429 wait for
			<code>Retry-After</code> seconds.
		</p>`;

const schemaOf = ([name, schema]: [string, unknown]) =>
	html`<details class="operation" id="${name}" data-words="${name.toLowerCase()}">
		<summary><code>${name}</code></summary>
		<div class="inside">${schemaHtml(schema)}</div>
	</details>`;
