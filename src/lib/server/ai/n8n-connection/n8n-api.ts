import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { cleanText } from '#lib/contract/text.ts';
import type {
	Outbound,
	OutboundRequest,
	OutboundResponse,
} from '#lib/server/core/outbound/index.ts';
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
	/** Throws N8nApiError when the address or the key is wrong. */
	check(): Promise<void>;
	/** Returns the ids of credentials with this name; `undefined` before n8n 2.0, which can't list them. */
	findCredentials(name: string): Promise<string[] | undefined>;
	createCredential(credential: NewCredential): Promise<string>;
	/** Returns false if it is gone, or if this n8n can't update credentials. */
	updateCredential(id: string, credential: NewCredential): Promise<boolean>;
	deleteCredential(id: string): Promise<void>;
	findWorkflows(name: string): Promise<string[]>;
	createWorkflow(workflow: NewWorkflow): Promise<string>;
	/** Returns false if it is gone. */
	updateWorkflow(id: string, workflow: NewWorkflow): Promise<boolean>;
	activateWorkflow(id: string): Promise<void>;
	deleteWorkflow(id: string): Promise<void>;
}

export interface NewCredential {
	name: string;
	type: string;
	data: Record<string, unknown>;
}

/** Exactly the keys that n8n accepts: it refuses any other. */
export interface NewWorkflow {
	name: string;
	nodes: unknown[];
	connections: Record<string, unknown>;
	settings: Record<string, unknown>;
}

const TIMEOUTS = { firstByte: 20_000, idle: 10_000, total: 30_000 };
/** n8n reports a workflow as unpublished a moment before it can be deleted. */
const MAX_DELETE_ATTEMPTS = 40;
const DELETE_RETRY_MS = 500;
const MAX_BYTES = 8 * 1024 * 1024;
/** More than there can be of one name: one, and a few left by interrupted runs. */
const PAGE_SIZE = 250;

const id = z.object({ id: z.union([z.string(), z.number()]).transform(String) });
const named = id.extend({ name: z.string() });
const page = z.object({ data: z.array(named) });

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
			throw networkError(cause);
		}
	}
	async function call<T>(
		schema: z.ZodType<T>,
		method: OutboundRequest['method'],
		path: string,
		body?: unknown,
	): Promise<T> {
		const { status, text } = await request(method, path, body);
		if (status < 200 || status > 299) throw refusal(status, text);
		try {
			return schema.parse(JSON.parse(text));
		} catch {
			throw new N8nApiError(status, 'The answer doesn’t come from n8n’s API.', NOT_N8N);
		}
	}
	/** Deletes a resource; succeeds if it is already gone. */
	async function remove(path: string): Promise<void> {
		const { status, text } = await request('DELETE', path);
		if (status !== 404 && (status < 200 || status > 299)) throw refusal(status, text);
	}
	async function update(
		method: 'PUT' | 'PATCH',
		path: string,
		body: unknown,
		absent: number[],
	): Promise<boolean> {
		const { status, text } = await request(method, path, body);
		if (absent.includes(status)) return false;
		if (status < 200 || status > 299) throw refusal(status, text);
		return true;
	}
	const idsOf = (found: z.infer<typeof page>, name: string) =>
		found.data.filter((one) => one.name === name).map((one) => one.id);
	return {
		async check() {
			await call(page, 'GET', 'workflows?limit=1');
		},
		async findCredentials(name) {
			const { status, text } = await request('GET', `credentials?limit=${PAGE_SIZE}`);
			const parsed = status === 200 ? page.safeParse(parseJson(text)) : undefined;
			return parsed?.success ? idsOf(parsed.data, name) : undefined;
		},
		createCredential: async (credential) => (await call(id, 'POST', 'credentials', credential)).id,
		updateCredential: (of, { name, type, data }) =>
			update('PATCH', `credentials/${encodeURIComponent(of)}`, { name, type, data }, [404, 405]),
		deleteCredential: (of) => remove(`credentials/${encodeURIComponent(of)}`),
		async findWorkflows(name) {
			const query = new URLSearchParams({ name, limit: String(PAGE_SIZE) });
			return idsOf(await call(page, 'GET', `workflows?${query.toString()}`), name);
		},
		createWorkflow: async (workflow) => (await call(id, 'POST', 'workflows', workflow)).id,
		updateWorkflow: (of, workflow) =>
			update('PUT', `workflows/${encodeURIComponent(of)}`, workflow, [404]),
		async activateWorkflow(of) {
			const path = `workflows/${encodeURIComponent(of)}/activate`;
			const { status, text } = await request('POST', path, {});
			if (status < 200 || status > 299) throw refusal(status, text, PUBLISH_BY_HAND);
		},
		async deleteWorkflow(of) {
			const path = `workflows/${encodeURIComponent(of)}`;
			// n8n 2 refuses to delete a published workflow; deactivating an unpublished one does nothing.
			const { status, text } = await request('POST', `${path}/deactivate`, {});
			if (status === 401 || status === 403 || status >= 500) throw refusal(status, text);
			for (let attempt = 1; ; attempt += 1) {
				const { status: deleted, text: reason } = await request('DELETE', path);
				if (deleted === 404 || (deleted >= 200 && deleted < 300)) return;
				if (deleted !== 409 || attempt === MAX_DELETE_ATTEMPTS) throw refusal(deleted, reason);
				await pause(DELETE_RETRY_MS);
			}
		},
	};
}

const NOT_N8N =
	'Enter the address at which you open n8n in a browser. If it is right, a proxy or a sign-in page in front of n8n answers instead: let /api/ through.';

const SLOW = 'Check that n8n is running and not overloaded, then connect again.';

function networkError(cause: unknown): N8nApiError {
	const target = { name: 'The call to n8n', remedies: {} };
	const connectorError = toConnectorError(cause, '', { retries: 0 }, target);
	const error =
		connectorError.outcome === 'internal'
			? new ConnectorError('unreachable', connectorError.message)
			: connectorError;
	const fault = classifyFailure({ error, url: '', status: null, headers: null, raw: '' });
	const [title, usual] = getRemedy(fault, 'n8n');
	const remedy = fault === 'timeout' ? SLOW : usual;
	return new N8nApiError(null, `${title}. ${cleanText(error.message)}`, remedy);
}

const UPDATE = 'Update n8n if it is older than version 2, or import the files by hand below.';

const PUBLISH_BY_HAND =
	'Open the workflow in n8n and publish it there: n8n marks the node that is at fault. Then connect again.';

/** `usual` is the remedy where the answer suggests no other. */
function refusal(status: number, text: string, usual = UPDATE): N8nApiError {
	const reason = reasonOf(text);
	const message =
		reason === '' ? `Status ${status}.` : `n8n answered: “${reason}” (status ${status}).`;
	// n8n answers its API with JSON: a page comes from what stands in front of it.
	const isPage = /^\s*</.test(text) && (status === 401 || status === 403);
	return new N8nApiError(status, message, isPage ? NOT_N8N : remedyFor(status, reason, usual));
}

function remedyFor(status: number, reason: string, usual: string): string {
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
	if (status === 400 && /too many requests/i.test(reason)) return remedyFor(429, '', usual);
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
		case 520: // 520 to 524 are Cloudflare's
		case 521:
		case 522:
		case 523:
		case 524:
			return 'The proxy in front of n8n got no answer. Check that n8n is running, then connect again.';
		default:
			return status >= 500
				? 'n8n itself failed; see its log. Connect again when that is fixed.'
				: usual;
	}
}

/** Returns the readable reason in an answer: n8n's `message` or a short text; empty for an HTML page. */
function reasonOf(text: string): string {
	const body = z.object({ message: z.string() }).safeParse(parseJson(text));
	if (!body.success && /^\s*</.test(text)) return '';
	const reason = body.success ? body.data.message : text;
	return cleanText(reason.replace(/\s+/g, ' ').trim().slice(0, 300));
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
