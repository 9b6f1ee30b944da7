import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { cleanText } from '#lib/contract/text.ts';
import type {
	Outbound,
	OutboundRequest,
	OutboundResponse,
} from '#lib/server/core/outbound/index.ts';
import { tryParseJson } from '#lib/server/core/parse.ts';
import { ConnectorError } from '../connectors/connector.ts';
import { toConnectorError } from '../connectors/failures.ts';
import { classifyFailure } from '../connection-test/faults.ts';
import { getRemedy } from '../connection-test/remedies.ts';

/** A failed call to n8n's public API, with its remedy. `status` is null without a response. */
export class N8nApiError extends Error {
	override name = 'N8nApiError';
	readonly status: number | null;
	readonly remedy: string;

	constructor(status: number | null, message: string, remedy: string) {
		super(message);
		this.status = status;
		this.remedy = remedy;
	}
}

/** The parts of n8n's public API (https://docs.n8n.io/api/) that a connection needs. */
export interface N8nApi {
	/** Throws N8nApiError if the address or the key is wrong. */
	check(): Promise<void>;
	/** Returns the IDs of credentials with this name; `undefined` before n8n 2.0, which can't list them. */
	findCredentials(name: string): Promise<string[] | undefined>;
	createCredential(credential: NewCredential): Promise<string>;
	/** Returns false if the credential no longer exists, or if this n8n version can't update credentials. */
	updateCredential(id: string, credential: NewCredential): Promise<boolean>;
	deleteCredential(id: string): Promise<void>;
	findWorkflows(name: string): Promise<string[]>;
	createWorkflow(workflow: NewWorkflow): Promise<string>;
	/** Returns false if the workflow no longer exists. */
	updateWorkflow(id: string, workflow: NewWorkflow): Promise<boolean>;
	activateWorkflow(id: string): Promise<void>;
	deleteWorkflow(id: string): Promise<void>;
}

export interface NewCredential {
	name: string;
	type: string;
	data: Record<string, unknown>;
}

/** A workflow with only the keys that n8n accepts, because it rejects any other. */
export interface NewWorkflow {
	name: string;
	nodes: unknown[];
	connections: Record<string, unknown>;
	settings: Record<string, unknown>;
}

/** Time limits of a call, in milliseconds. */
const TIMEOUTS = { firstByte: 20_000, idle: 10_000, total: 30_000 };
/** Deletion is retried, because n8n reports a workflow as unpublished a moment before it can be deleted. */
const MAX_DELETE_ATTEMPTS = 40;
const DELETE_RETRY_MS = 500;
const MAX_BYTES = 8 * 1024 * 1024;
/** n8n's maximum page size. */
const PAGE_SIZE = 250;
/** The maximum number of pages read, so that a list that never ends can't hold up a setup. */
const MAX_PAGES = 40;

const idSchema = z.object({ id: z.union([z.string(), z.number()]).transform(String) });
const namedSchema = idSchema.extend({ name: z.string() });
const pageSchema = z.object({ data: z.array(namedSchema), nextCursor: z.string().nullish() });

/** Creates a client for the n8n at `url`. All methods throw N8nApiError. */
export function createN8nApi(
	outbound: Outbound,
	{ url, key }: { url: string; key: string },
): N8nApi {
	async function request(
		method: OutboundRequest['method'],
		path: string,
		body?: unknown,
	): Promise<{ status: number; text: string }> {
		let response: OutboundResponse;
		try {
			response = await outbound.request({
				url: `${url}/api/v1/${path}`,
				method,
				headers: {
					accept: 'application/json',
					'user-agent': 'Frontdesk/1.0 (setup)',
					'x-n8n-api-key': key,
					...(body !== undefined && { 'content-type': 'application/json' }),
				},
				body: body === undefined ? undefined : JSON.stringify(body),
				timeouts: TIMEOUTS,
				maxBytes: MAX_BYTES,
			});
			return { status: response.status, text: await response.text() };
		} catch (cause) {
			throw toNetworkError(cause);
		}
	}
	async function call<T>(
		schema: z.ZodType<T>,
		method: OutboundRequest['method'],
		path: string,
		body?: unknown,
	): Promise<T> {
		const { status, text } = await request(method, path, body);
		if (status < 200 || status > 299) throw createRefusalError(status, text);
		try {
			return schema.parse(JSON.parse(text));
		} catch {
			throw new N8nApiError(status, 'The answer doesn’t come from n8n’s API.', NOT_N8N_REMEDY);
		}
	}
	/** Deletes a resource; succeeds if it is already gone. */
	async function remove(path: string): Promise<void> {
		const { status, text } = await request('DELETE', path);
		if (status !== 404 && (status < 200 || status > 299)) throw createRefusalError(status, text);
	}
	async function update(
		method: 'PUT' | 'PATCH',
		path: string,
		body: unknown,
		absentStatuses: number[],
	): Promise<boolean> {
		const { status, text } = await request(method, path, body);
		if (absentStatuses.includes(status)) return false;
		if (status < 200 || status > 299) throw createRefusalError(status, text);
		return true;
	}
	/** Returns the IDs of the resources with this name on all pages of a list. */
	async function listIdsByName(
		path: string,
		name: string,
		filter: Record<string, string> = {},
	): Promise<string[]> {
		const ids: string[] = [];
		let cursor: string | null | undefined;
		for (let page = 0; page < MAX_PAGES && cursor !== null; page += 1) {
			const query = new URLSearchParams({
				...filter,
				limit: String(PAGE_SIZE),
				...(cursor !== undefined && { cursor }),
			});
			const { data, nextCursor } = await call(pageSchema, 'GET', `${path}?${query.toString()}`);
			ids.push(...data.filter((resource) => resource.name === name).map(({ id }) => id));
			cursor = nextCursor ?? null;
		}
		return ids;
	}
	return {
		async check() {
			await call(pageSchema, 'GET', 'workflows?limit=1');
		},
		findCredentials: (name) =>
			listIdsByName('credentials', name).catch((error: unknown) => {
				if (error instanceof N8nApiError && error.status !== null) return undefined;
				throw error;
			}),
		createCredential: async (credential) =>
			(await call(idSchema, 'POST', 'credentials', credential)).id,
		updateCredential: (id, { name, type, data }) =>
			update('PATCH', `credentials/${encodeURIComponent(id)}`, { name, type, data }, [404, 405]),
		deleteCredential: (id) => remove(`credentials/${encodeURIComponent(id)}`),
		findWorkflows: (name) => listIdsByName('workflows', name, { name }),
		createWorkflow: async (workflow) => (await call(idSchema, 'POST', 'workflows', workflow)).id,
		updateWorkflow: (id, workflow) =>
			update('PUT', `workflows/${encodeURIComponent(id)}`, workflow, [404]),
		async activateWorkflow(id) {
			const path = `workflows/${encodeURIComponent(id)}/activate`;
			const { status, text } = await request('POST', path, {});
			if (status < 200 || status > 299) throw createRefusalError(status, text, PUBLISH_REMEDY);
		},
		async deleteWorkflow(id) {
			const path = `workflows/${encodeURIComponent(id)}`;
			// n8n 2 refuses to delete a published workflow; deactivating an unpublished one does nothing.
			const { status, text } = await request('POST', `${path}/deactivate`, {});
			if (status === 401 || status === 403 || status >= 500) throw createRefusalError(status, text);
			for (let attempt = 1; ; attempt += 1) {
				const { status: deleteStatus, text: reason } = await request('DELETE', path);
				if (deleteStatus === 404 || (deleteStatus >= 200 && deleteStatus < 300)) return;
				if (deleteStatus !== 409 || attempt === MAX_DELETE_ATTEMPTS)
					throw createRefusalError(deleteStatus, reason);
				await pause(DELETE_RETRY_MS);
			}
		},
	};
}

const NOT_N8N_REMEDY =
	'Enter the address at which you open n8n in a browser. If it is right, a proxy or a sign-in page in front of n8n answers instead: let /api/ through.';

const TIMEOUT_REMEDY = 'Check that n8n is running and not overloaded, then connect again.';

function toNetworkError(cause: unknown): N8nApiError {
	const target = { name: 'The call to n8n', remedies: {} };
	const connectorError = toConnectorError(cause, '', { retries: 0 }, target);
	const error =
		connectorError.outcome === 'internal'
			? new ConnectorError('unreachable', connectorError.message)
			: connectorError;
	const fault = classifyFailure({ error, url: '', status: null, headers: null, raw: '' });
	const [title, defaultRemedy] = getRemedy(fault, 'n8n');
	const remedy = fault === 'timeout' ? TIMEOUT_REMEDY : defaultRemedy;
	return new N8nApiError(null, `${title}. ${cleanText(error.message)}`, remedy);
}

const UPDATE_REMEDY =
	'Update n8n if it is older than version 2, or import the files by hand below.';

const PUBLISH_REMEDY =
	'Open the workflow in n8n and publish it there: n8n marks the node that is at fault. Then connect again.';

/** Creates the error for a refused call. `defaultRemedy` applies if the answer suggests no other. */
function createRefusalError(
	status: number,
	text: string,
	defaultRemedy = UPDATE_REMEDY,
): N8nApiError {
	const reason = extractReason(text);
	const message =
		reason === '' ? `Status ${status}.` : `n8n answered: “${reason}” (status ${status}).`;
	// n8n's API answers with JSON, so an HTML page comes from a proxy in front of it.
	const isPage = /^\s*</.test(text) && (status === 401 || status === 403);
	return new N8nApiError(
		status,
		message,
		isPage ? NOT_N8N_REMEDY : getRefusalRemedy(status, reason, defaultRemedy),
	);
}

function getRefusalRemedy(status: number, reason: string, defaultRemedy: string): string {
	if (/licen[sc]e|\bplan\b|quota|limit (of|reached)|maximum number/i.test(reason)) {
		return 'Your n8n plan does not allow this. Free up what it limits (often active workflows), upgrade it, or import the files by hand below.';
	}
	if (
		status === 400 &&
		/known type|unrecognized node type|unknown node|no node to start/i.test(reason)
	) {
		return 'This n8n is too old for the workflows: update it to version 2, or import the files by hand below.';
	}
	if (status === 400 && /configuration issues|credential/i.test(reason)) {
		return 'n8n does not publish workflows whose credential is missing or incomplete. Connect again to repair it; for the AI agent, enter an OpenAI API key above.';
	}
	if (status === 400 && /too many requests/i.test(reason))
		return getRefusalRemedy(429, '', defaultRemedy);
	switch (status) {
		case 401:
			return 'In n8n open Settings → n8n API, create an API key and paste the whole key here. A key that has expired or was deleted no longer works.';
		case 403:
			return 'The API key lacks a permission. In n8n open Settings → n8n API and create a key with the scopes credential:create, credential:update, credential:delete, credential:list, workflow:create, workflow:read, workflow:update, workflow:delete, workflow:list and workflow:activate.';
		case 404:
			return 'There is no n8n API at this address. Check the address. If it is right, the public API is off: remove N8N_PUBLIC_API_DISABLED, or on n8n Cloud choose a plan with API access. Otherwise import the files by hand below.';
		case 409:
			return 'n8n has another workflow at the same webhook path, or a review is open for this workflow. Resolve that in n8n, then connect again.';
		case 429:
			return 'n8n limits the rate of calls. Wait a minute, then connect again.';
		case 502:
		case 503:
		case 504:
		case 520: // Cloudflare uses 520 to 524.
		case 521:
		case 522:
		case 523:
		case 524:
			return 'The proxy in front of n8n got no answer. Check that n8n is running, then connect again.';
		default:
			return status >= 500
				? 'n8n itself failed; see its log. Connect again when that is fixed.'
				: defaultRemedy;
	}
}

/** Returns the human-readable reason in a response: n8n's `message`, or the beginning of a text; empty for an HTML page. */
function extractReason(text: string): string {
	const body = z.object({ message: z.string() }).safeParse(tryParseJson(text));
	if (!body.success && /^\s*</.test(text)) return '';
	const reason = body.success ? body.data.message : text;
	return cleanText(reason.replace(/\s+/g, ' ').trim().slice(0, 300));
}
