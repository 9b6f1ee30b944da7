import { html } from 'hono/html';
import type { Content, MediaTypes } from '../json-schemas.ts';
import type { Operation, Parameter } from '../openapi-document.ts';
import { schemaHtml, typeHtml, type Schemas } from './schema.ts';

/** An operation with the place it has in the API. */
export interface Placed {
	path: string;
	method: string;
	operation: Operation;
	/** The same operation under an older path. */
	alias?: string;
}

export const anchorOf = ({ method, path }: Placed) =>
	`${method}${path.replaceAll(/[^a-z0-9]+/gi, '-')}`;

/** What the filter finds it by. */
export const wordsOf = ({ method, path, operation }: Placed) =>
	[method, path, operation.summary, ...operation.tags].join(' ').toLowerCase();

export interface Where {
	server: string;
	schemas: Schemas;
}

export function operationHtml(placed: Placed, { server, schemas }: Where) {
	const { path, method, operation, alias } = placed;
	const { requestBody, responses } = operation;
	const answers = Object.entries(responses);
	const contents = (content: MediaTypes = {}) =>
		Object.entries(content).map((media) => contentHtml(media, schemas));
	return html`<details class="operation" id="${anchorOf(placed)}" data-words="${wordsOf(placed)}">
		<summary>
			<b class="method ${method}">${method}</b> <code>${path}</code
			><span>${operation.summary}</span>
		</summary>
		<div class="inside">
			${operation.description ? html`<p>${operation.description}</p>` : ''}
			<p class="quiet">
				${whoMay(operation)}${alias ? html` The same as <code>${alias}</code>.` : ''}
			</p>
			${operation.parameters.length > 0 ? parametersHtml(operation.parameters) : ''}
			${
				requestBody
					? html`<h3>Body</h3>
							${contents(requestBody.content)}`
					: ''
			}
			<h3>Request</h3>
			<pre tabindex="0">${curl(placed, server)}</pre>
			${answers
				.filter(([status]) => Number(status) < 400)
				.map(
					([status, { description, content }]) =>
						html`<h3>${status}</h3>
							<p>${description}</p>
							${contents(content)}`,
				)}
			<h3>Refusals</h3>
			<div class="wide">
				<table>
					${answers.filter(([status]) => Number(status) >= 400).map(refusalHtml)}
				</table>
			</div>
		</div>
	</details>`;
}

function whoMay({ security }: Operation): string {
	const scopes = [...new Set(security.flatMap((way) => Object.values(way).flat()))];
	if (scopes.length > 0) return `An API key with the scope ${scopes.join(' or ')}.`;
	if (security.some((way) => 'visitorToken' in way)) return "The chat session's token.";
	return security.length > 0 ? 'An API key of any scope.' : 'Open to everybody.';
}

const parametersHtml = (parameters: Parameter[]) =>
	html`<h3>Parameters</h3>
		<div class="wide">
			<table>
				${parameters.map(
					({ name, in: where, required, schema }) =>
						html`<tr>
							<td><code>${name}</code></td>
							<td>${typeHtml(schema)}</td>
							<td class="quiet">${where}${required ? ', required' : ''}</td>
						</tr>`,
				)}
			</table>
		</div>`;

const refusalHtml = ([status, { description }]: [string, Content]) =>
	html`<tr>
		<td><code>${status}</code></td>
		<td>${description}</td>
	</tr>`;

const contentHtml = ([type, { schema, example }]: [string, MediaTypes[string]], schemas: Schemas) =>
	html`<div class="columns">
		<div>
			<p class="quiet"><code>${type}</code></p>
			${schemaHtml(schema, schemas)}
		</div>
		${example === undefined ? '' : html`<pre tabindex="0">${JSON.stringify(example, null, 2)}</pre>`}
	</div>`;

/** A call that can be pasted into a shell. */
function curl({ path, method, operation }: Placed, server: string): string {
	const address = operation.parameters
		.filter((parameter) => parameter.in === 'path')
		.reduce(
			(at, { name, example }) =>
				at.replace(`{${name}}`, JSON.stringify(example ?? 1).replaceAll('"', '')),
			path,
		);
	const body = operation.requestBody?.content['application/json']?.example;
	const keyHeader = operation.security.some((way) => 'apiKey' in way) && `-H "X-API-Key: $API_KEY"`;
	const data =
		body !== undefined &&
		`-H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`;
	return [
		`curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} ${server}${address}`,
		keyHeader,
		data,
	]
		.filter(Boolean)
		.join(' \\\n  ');
}
