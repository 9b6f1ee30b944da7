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
interface StoredWorkflow extends z.infer<typeof given> {
	id: string;
	active: boolean;
}

const credential = z.strictObject({
	name: z.string().min(3).max(128),
	type: z.string(),
	data: z.record(z.string(), z.string()),
});
const hint = z.object({ id: z.string().nullable(), name: z.string() });
const given = z.strictObject({
	name: z.string().min(1).max(128),
	nodes: z.array(
		z.looseObject({
			name: z.string(),
			parameters: z.record(z.string(), z.unknown()),
			credentials: z.record(z.string(), hint).optional(),
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
	/** How many requests it applies to; all by default. */
	times?: number;
	/** Executes the request but drops the response. */
	isResponseLost?: boolean;
}

/** n8n's answers to a call of a webhook that it doesn't have yet; the second one while it registers several. */
export const NOT_REGISTERED = (path: string) =>
	`The requested webhook "POST ${path}" is not registered.`;
export const NOT_REGISTERED_FOR_POST = () =>
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
	/** How webhooks answer their next calls, as n8n does in the moment after it published a workflow. */
	notYetRegistered: ((path: string) => string)[] = [];
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
		this.notYetRegistered = [];
		this.#refusals = [];
	}

	async handle(exchange: Exchange, rest: string): Promise<void> {
		if (rest.startsWith('api/v1/')) return this.#api(exchange, rest.slice('api/v1/'.length));
		const path = rest.replace(/^webhook\//, '');
		const found = [...this.workflows.values()].find(
			(one) => one.active && one.nodes.some(({ parameters }) => parameters['path'] === path),
		);
		const refusal = found ? this.notYetRegistered.shift() : NOT_REGISTERED;
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
						Object.entries(node.credentials).map(([type, one]) => [
							type,
							{ id: null, name: one.name },
						]),
					),
				}),
			})),
		});
		const credentials: Credentials = {};
		for (const one of this.credentials.values()) credentials[one.name] = one.data;
		await createWebhookHandler(whole, { credentials, mocks: this.mocks })(exchange);
	}

	#api({ request, response }: Exchange, rest: string): void {
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
		const [kind = '', id = '', act] = path.split('/');
		const query = new URL(request.path, 'http://n8n').searchParams;
		const body = (): unknown => request.json();
		const notFound: [number, unknown] = [404, { message: 'Not Found' }];
		if (kind === 'credentials') {
			if (method === 'POST') {
				const made = { ...credential.parse(body()), id: newId() };
				this.credentials.set(made.id, made);
				return [200, presentCredential(made)];
			}
			if (this.isOld && method !== 'DELETE')
				return [405, { message: `${method} method not allowed` }];
			if (method === 'GET')
				return [200, { data: [...this.credentials.values()].map(presentCredential) }];
			const present = this.credentials.get(id);
			if (!present) return notFound;
			if (method === 'DELETE') this.credentials.delete(id);
			else Object.assign(present, credential.parse(body()));
			return [200, presentCredential(present)];
		}
		if (kind !== 'workflows') return notFound;
		if (method === 'GET') {
			const name = query.get('name');
			const all = [...this.workflows.values()];
			return [200, { data: name === null ? all : all.filter((one) => one.name === name) }];
		}
		if (method === 'POST' && act === undefined) {
			const read = given.safeParse(body());
			if (!read.success)
				return [400, { message: 'request/body must NOT have additional properties' }];
			const made = { ...read.data, id: newId(), active: false };
			this.workflows.set(made.id, made);
			return [200, made];
		}
		const present = this.workflows.get(id);
		if (!present) return notFound;
		// n8n also refuses this for a moment after unpublishing.
		if (method === 'DELETE' && (present.active || this.#unpublished.delete(id))) {
			const message = 'Cannot delete a published workflow. Unpublish it before deleting.';
			return [409, { message }];
		}
		if (method === 'DELETE') this.workflows.delete(id);
		else if (method === 'PUT') Object.assign(present, given.parse(body()));
		else if (act === 'activate') return this.#activate(present);
		else if (act === 'deactivate') {
			if (present.active) this.#unpublished.add(id);
			present.active = false;
		}
		return [200, present];
	}

	#activate(workflow: StoredWorkflow): [number, unknown] {
		const missing = workflow.nodes.find(({ credentials = {} }) =>
			Object.values(credentials).some((one) => one.id === null || !this.credentials.has(one.id)),
		);
		if (missing) {
			const message = `Cannot publish workflow: 1 node have configuration issues:\n\nNode "${missing.name}":\n  - Missing required credential: httpHeaderAuth`;
			return [400, { message }];
		}
		const paths = (one: StoredWorkflow) =>
			one.nodes.flatMap(({ parameters, webhookId }) => (webhookId ? [parameters['path']] : []));
		const isTaken = [...this.workflows.values()].some(
			(one) =>
				one !== workflow && one.active && paths(one).some((path) => paths(workflow).includes(path)),
		);
		if (isTaken) return [409, { message: 'There is a conflict with one of the webhooks.' }];
		workflow.active = true;
		return [200, workflow];
	}
}

const newId = () => randomBytes(12).toString('base64url');
const presentCredential = ({ id, name, type }: StoredCredential) => ({ id, name, type });
