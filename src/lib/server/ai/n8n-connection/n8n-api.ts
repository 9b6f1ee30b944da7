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
import { faultOf } from '../connection-test/fault.ts';
import { remedyOf } from '../connection-test/remedies.ts';

/** A refusal of n8n's public API, or no answer at all, with what to do about it. */
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
	/** Throws when the address or the key is wrong. */
	check(): Promise<void>;
	/** Ids of the credentials with this name; undefined where n8n has no list of them (before 2.0). */
	findCredentials(name: string): Promise<string[] | undefined>;
	createCredential(credential: NewCredential): Promise<string>;
	/** False where it is gone, or where n8n cannot change credentials. */
	updateCredential(id: string, credential: NewCredential): Promise<boolean>;
	deleteCredential(id: string): Promise<void>;
	findWorkflows(name: string): Promise<string[]>;
	createWorkflow(workflow: NewWorkflow): Promise<string>;
	/** False when it is gone. */
	updateWorkflow(id: string, workflow: NewWorkflow): Promise<boolean>;
	activateWorkflow(id: string): Promise<void>;
	deleteWorkflow(id: string): Promise<void>;
}

export interface NewCredential {
	name: string;
	type: string;
	data: Record<string, unknown>;
}

/** Exactly the keys that n8n takes: it refuses any other. */
export interface NewWorkflow {
	name: string;
	nodes: unknown[];
	connections: Record<string, unknown>;
	settings: Record<string, unknown>;
}

const TIMEOUTS = { firstByte: 20_000, idle: 10_000, total: 30_000 };
const UNPUBLISH_TRIES = 40;
const UNPUBLISH_PAUSE_MS = 500;
const MAX_BYTES = 8 * 1024 * 1024;
/** Of a name there is one, or a few that a broken run left. */
const PAGE = 250;

const id = z.object({ id: z.union([z.string(), z.number()]).transform(String) });
const named = id.extend({ name: z.string() });
const page = z.object({ data: z.array(named) });

export function createN8nApi(
	outbound: Outbound,
	{ url, key }: { url: string; key: string },
): N8nApi {
	async function ask(
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
		const { status, text } = await ask(method, path, body);
		if (status < 200 || status > 299) throw refusal(status, text);
		try {
			return schema.parse(JSON.parse(text));
		} catch {
			throw new N8nApiError(status, 'The answer is not one of n8n’s API.', NOT_N8N);
		}
	}
	/** Where gone is as good as done. */
	async function remove(path: string): Promise<void> {
		const { status, text } = await ask('DELETE', path);
		if (status !== 404 && (status < 200 || status > 299)) throw refusal(status, text);
	}
	async function update(
		method: 'PUT' | 'PATCH',
		path: string,
		body: unknown,
		absent: number[],
	): Promise<boolean> {
		const { status, text } = await ask(method, path, body);
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
			const { status, text } = await ask('GET', `credentials?limit=${PAGE}`);
			const parsed = status === 200 ? page.safeParse(parseJson(text)) : undefined;
			return parsed?.success ? idsOf(parsed.data, name) : undefined;
		},
		createCredential: async (credential) => (await call(id, 'POST', 'credentials', credential)).id,
		updateCredential: (of, { name, type, data }) =>
			update('PATCH', `credentials/${encodeURIComponent(of)}`, { name, type, data }, [404, 405]),
		deleteCredential: (of) => remove(`credentials/${encodeURIComponent(of)}`),
		async findWorkflows(name) {
			const query = new URLSearchParams({ name, limit: String(PAGE) });
			return idsOf(await call(page, 'GET', `workflows?${query.toString()}`), name);
		},
		createWorkflow: async (workflow) => (await call(id, 'POST', 'workflows', workflow)).id,
		updateWorkflow: (of, workflow) =>
			update('PUT', `workflows/${encodeURIComponent(of)}`, workflow, [404]),
		async activateWorkflow(of) {
			await call(id, 'POST', `workflows/${encodeURIComponent(of)}/activate`, {});
		},
		async deleteWorkflow(of) {
			const path = `workflows/${encodeURIComponent(of)}`;
			// n8n 2 refuses to delete a published workflow; one that is not published takes no harm.
			const { status, text } = await ask('POST', `${path}/deactivate`, {});
			if (status === 401 || status === 403 || status >= 500) throw refusal(status, text);
			// It says that it is unpublished a moment before it is.
			for (let tries = 1; ; tries += 1) {
				const gone = await ask('DELETE', path);
				if (gone.status === 404 || (gone.status >= 200 && gone.status < 300)) return;
				if (gone.status !== 409 || tries === UNPUBLISH_TRIES) throw refusal(gone.status, gone.text);
				await pause(UNPUBLISH_PAUSE_MS);
			}
		},
	};
}

const NOT_N8N =
	'Enter the address at which you open n8n in a browser. If it is right, a proxy or a sign-in page in front of n8n answers in its place: let /api/ through.';

const SLOW = 'Check that n8n is running and not overloaded, then connect again.';

function networkError(cause: unknown): N8nApiError {
	const way = { name: 'The call of n8n', remedies: {} };
	const error = toConnectorError(cause, '', { retries: 0 }, way);
	const met =
		error.outcome === 'internal' ? new ConnectorError('unreachable', error.message) : error;
	const fault = faultOf({ error: met, url: '', status: null, headers: null, raw: '' });
	const [title, known] = remedyOf(fault, 'n8n');
	const remedy = fault === 'timeout' ? SLOW : known;
	return new N8nApiError(null, `${title}. ${cleanText(met.message)}`, remedy);
}

function refusal(status: number, text: string): N8nApiError {
	const said = sayingOf(text);
	const quote = said === '' ? `Status ${status}.` : `n8n said: “${said}” (status ${status}).`;
	return new N8nApiError(status, quote, remedyFor(status, said));
}

function remedyFor(status: number, said: string): string {
	if (/licen[sc]e|\bplan\b|quota|limit (of|reached)|maximum number/i.test(said)) {
		return 'Your n8n plan does not allow this. Free some of what it limits (often active workflows), upgrade it, or import the files by hand below.';
	}
	if (status === 400 && /known type|unrecognized node type|unknown node/i.test(said)) {
		return 'This n8n is too old for the workflows: update it to version 2, or import the files by hand below.';
	}
	if (status === 400 && /configuration issues|credential/i.test(said)) {
		return 'n8n does not publish a workflow whose credential is missing or incomplete. Connect again to repair it; for the AI agent enter an OpenAI API key above.';
	}
	switch (status) {
		case 401:
			return 'In n8n open Settings → n8n API, create an API key and paste the whole key here. A key that has expired or was deleted no longer works.';
		case 403:
			return 'The API key lacks a permission. In n8n open Settings → n8n API and create a key with the scopes credential:create, credential:update, credential:delete, credential:list, workflow:create, workflow:read, workflow:update, workflow:delete, workflow:list and workflow:activate.';
		case 404:
			return 'There is no n8n API at this address. Check the address. If it is right, the public API is off: remove N8N_PUBLIC_API_DISABLED, or on n8n Cloud choose a plan with API access. Otherwise import the files by hand below.';
		case 409:
			return 'n8n has another workflow at the same webhook path, or a review is open for this workflow. Settle that in n8n, then connect again.';
		case 429:
			return 'n8n gets more calls than it allows. Wait a minute, then connect again.';
		case 502:
		case 503:
		case 504:
			return 'The proxy in front of n8n gets no answer. Check that n8n is running, then connect again.';
		default:
			return status >= 500
				? 'n8n itself failed: its log says why. Connect again when that is solved.'
				: 'Update n8n if it is older than version 2, or import the files by hand below.';
	}
}

/** What a refusal says for people: n8n's `message`, or a short text; not a page. */
function sayingOf(text: string): string {
	const body = z.object({ message: z.string() }).safeParse(parseJson(text));
	if (!body.success && /^\s*</.test(text)) return '';
	const said = body.success ? body.data.message : text;
	return cleanText(said.replace(/\s+/g, ' ').trim().slice(0, 300));
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
