import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Exchange, sendJson } from '../stand-in/exchange.ts';
import type { Credentials } from './nodes.ts';
import type { Item } from './expressions.ts';
import { createWebhookHandler } from './webhook.ts';
import { workflow as wholeWorkflow } from './workflow.ts';

interface StoredCredential {
	id: string;
	name: string;
	type: string;
	data: Record<string, string>;
}
interface StoredWorkflow extends z.infer<typeof workflowInput> {
	id: string;
	active: boolean;
}

const credentialInput = z.strictObject({
	name: z.string().min(3).max(128),
	type: z.string(),
	data: z.record(z.string(), z.string()),
});
const credentialHint = z.object({ id: z.string().nullable(), name: z.string() });
const workflowInput = z.strictObject({
	name: z.string().min(1).max(128),
	nodes: z.array(
		z.looseObject({
			name: z.string(),
			parameters: z.record(z.string(), z.unknown()),
			credentials: z.record(z.string(), credentialHint).optional(),
			webhookId: z.string().optional(),
		}),
	),
	connections: z.record(z.string(), z.unknown()),
	settings: z.record(z.string(), z.unknown()),
});

/** An error response to requests that match. */
interface FakeError {
	match: RegExp;
	status: number;
	body: unknown;
	/** The number of requests that it applies to; all by default. */
	times?: number;
	/** Executes the request but drops the response. */
	isResponseLost?: boolean;
}

/** Return n8n's messages for a webhook that isn't registered yet; the second one while it registers several. */
export const createNotRegisteredMessage = (path: string) =>
	`The requested webhook "POST ${path}" is not registered.`;
export const createNotRegisteredForPostMessage = () =>
	'This webhook is not registered for POST requests. Did you mean to make a POST request?';

/**
 * Stands in for n8n 2.41.1 and its public API: accepts credentials with duplicate names, rejects unknown properties and
 * conflicting webhook paths, and doesn't publish a workflow with a missing credential. Active workflows run on the nodes
 * of nodes.ts.
 */
export class N8nStandIn {
	key = 'an n8n API key';
	readonly credentials = new Map<string, StoredCredential>();
	readonly workflows = new Map<string, StoredWorkflow>();
	/** Every request to the API, for example `POST workflows`. */
	readonly calls: string[] = [];
	/** Behaves like n8n before 2.0, which can't list or update credentials. */
	isOld = false;
	/** Replaces nodes that need a model. */
	mocks: Record<string, (items: Item[]) => Item[]> = {};
	/** Messages with which webhooks refuse their next calls, as n8n does right after publishing a workflow. */
	registrationRefusals: ((path: string) => string)[] = [];
	#refusals: FakeError[] = [];
	readonly #unpublished = new Set<string>();

	refuse(...refusals: FakeError[]): void {
		this.#refusals = refusals;
	}

	/** Resets to a fresh installation. */
	clear(): void {
		this.credentials.clear();
		this.workflows.clear();
		this.calls.length = 0;
		this.isOld = false;
		this.registrationRefusals = [];
		this.#refusals = [];
	}

	async handle(exchange: Exchange, rest: string): Promise<void> {
		if (rest.startsWith('api/v1/')) return this.#handleApi(exchange, rest.slice('api/v1/'.length));
		const path = rest.replace(/^webhook\//, '');
		const found = [...this.workflows.values()].find(
			(workflow) =>
				workflow.active && workflow.nodes.some(({ parameters }) => parameters['path'] === path),
		);
		const refusal = found ? this.registrationRefusals.shift() : createNotRegisteredMessage;
		if (!found || refusal) {
			return sendJson(exchange.response, { code: 404, message: refusal?.(path) }, 404);
		}
		const { name, nodes, connections, settings } = found;
		const whole = wholeWorkflow.parse({
			name,
			connections,
			active: false,
			pinData: {},
			tags: [],
			settings,
			nodes: nodes.map((node) => ({
				...node,
				...(node.credentials && {
					credentials: Object.fromEntries(
						Object.entries(node.credentials).map(([type, credential]) => [
							type,
							{ id: null, name: credential.name },
						]),
					),
				}),
			})),
		});
		const credentials: Credentials = {};
		for (const { name, data } of this.credentials.values()) credentials[name] = data;
		await createWebhookHandler(whole, { credentials, mocks: this.mocks })(exchange);
	}

	#handleApi({ request, response }: Exchange, rest: string): void {
		const [path = ''] = rest.split('?');
		const call = `${request.method} ${path}`;
		this.calls.push(call);
		const refusal = this.#refusals.find(
			({ match, times }) => match.test(call) && (times === undefined || times > 0),
		);
		if (refusal?.times !== undefined) refusal.times--;
		if (refusal && !refusal.isResponseLost) {
			if (typeof refusal.body !== 'string') return sendJson(response, refusal.body, refusal.status);
			return void response
				.writeHead(refusal.status, { 'content-type': 'text/html' })
				.end(refusal.body);
		}
		if (request.headers['x-n8n-api-key'] !== this.key) {
			return sendJson(response, { message: 'Unauthorized' }, 401);
		}
		const [status, body] = this.#answer(request, path);
		if (refusal) response.destroy();
		else sendJson(response, body, status);
	}

	#answer(request: Exchange['request'], path: string): [number, unknown] {
		const { method } = request;
		const [kind = '', id = '', action] = path.split('/');
		const query = new URL(request.path, 'http://n8n').searchParams;
		const body = (): unknown => request.json();
		const notFound: [number, unknown] = [404, { message: 'Not Found' }];
		if (kind === 'credentials') {
			if (method === 'POST') {
				const created = { ...credentialInput.parse(body()), id: createId() };
				this.credentials.set(created.id, created);
				return [200, presentCredential(created)];
			}
			if (this.isOld && method !== 'DELETE')
				return [405, { message: `${method} method not allowed` }];
			if (method === 'GET')
				return [200, toPage([...this.credentials.values()].map(presentCredential), query)];
			const existing = this.credentials.get(id);
			if (!existing) return notFound;
			if (method === 'DELETE') this.credentials.delete(id);
			else Object.assign(existing, credentialInput.parse(body()));
			return [200, presentCredential(existing)];
		}
		if (kind !== 'workflows') return notFound;
		if (method === 'GET') {
			const name = query.get('name');
			const all = [...this.workflows.values()];
			const found = name === null ? all : all.filter((workflow) => workflow.name === name);
			return [200, toPage(found, query)];
		}
		if (method === 'POST' && action === undefined) {
			const parsed = workflowInput.safeParse(body());
			if (!parsed.success)
				return [400, { message: 'request/body must NOT have additional properties' }];
			const created = { ...parsed.data, id: createId(), active: false };
			this.workflows.set(created.id, created);
			return [200, created];
		}
		const existing = this.workflows.get(id);
		if (!existing) return notFound;
		// n8n also refuses this for a moment after unpublishing.
		if (method === 'DELETE' && (existing.active || this.#unpublished.delete(id))) {
			const message = 'Cannot delete a published workflow. Unpublish it before deleting.';
			return [409, { message }];
		}
		if (method === 'DELETE') this.workflows.delete(id);
		else if (method === 'PUT') Object.assign(existing, workflowInput.parse(body()));
		else if (action === 'activate') return this.#activate(existing);
		else if (action === 'deactivate') {
			if (existing.active) this.#unpublished.add(id);
			existing.active = false;
		}
		return [200, existing];
	}

	#activate(workflow: StoredWorkflow): [number, unknown] {
		const missing = workflow.nodes.find(({ credentials = {} }) =>
			Object.values(credentials).some(({ id }) => id === null || !this.credentials.has(id)),
		);
		if (missing) {
			const message = `Cannot publish workflow: 1 node have configuration issues:\n\nNode "${missing.name}":\n  - Missing required credential: httpHeaderAuth`;
			return [400, { message }];
		}
		const listPaths = ({ nodes }: StoredWorkflow) =>
			nodes.flatMap(({ parameters, webhookId }) => (webhookId ? [parameters['path']] : []));
		const isTaken = [...this.workflows.values()].some(
			(other) =>
				other !== workflow &&
				other.active &&
				listPaths(other).some((path) => listPaths(workflow).includes(path)),
		);
		if (isTaken) return [409, { message: 'There is a conflict with one of the webhooks.' }];
		workflow.active = true;
		return [200, workflow];
	}
}

const createId = () => randomBytes(12).toString('base64url');
const presentCredential = ({ id, name, type }: StoredCredential) => ({ id, name, type });

/** Returns a page of a list, as n8n does: at most 250, the rest by the cursor. */
function toPage(all: unknown[], query: URLSearchParams) {
	const start = Number(query.get('cursor') ?? 0);
	const end = start + Math.min(Number(query.get('limit') ?? 100), 250);
	return { data: all.slice(start, end), nextCursor: end < all.length ? String(end) : null };
}
