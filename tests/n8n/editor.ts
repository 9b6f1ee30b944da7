import { z } from 'zod';
import type { Workflow } from '../support/n8n/workflow.ts';

/** Sends the requests of n8n's editor. */
export interface Editor {
	/** **Create credential** */
	credential(type: string, name: string, data: Record<string, unknown>): Promise<void>;
	/** **Import from file**. Returns the workflow's id. n8n resolves credentials by name. */
	save(workflow: Workflow): Promise<string>;
	/** **Publish** */
	publish(id: string): Promise<void>;
	unpublish(id: string): Promise<void>;
	/** Returns the status of a workflow's latest runs, newest first. */
	runs(id: string): Promise<string[]>;
	/** **Settings → n8n API → Create an API key**, with every scope. Returns the key. */
	apiKey(): Promise<string>;
}

export const OWNER = { email: 'ada@example.com', password: 'Tangerine0rbit7' };
const saved = z.object({ id: z.string(), versionId: z.string() });
const listed = z.object({ results: z.array(z.object({ status: z.string() })) });

/** Sets up the owner of a fresh n8n and signs in. Throws while n8n is starting. */
export async function createEditor(url: string): Promise<Editor> {
	let cookie = '';
	const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
		const response = await fetch(`${url}/rest/${path}`, {
			method,
			headers: { 'content-type': 'application/json', cookie },
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`n8n: ${method} ${path}: ${response.status} ${text}`);
		cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
		return z.object({ data: z.unknown() }).parse(JSON.parse(text)).data;
	};
	await ask('POST', 'owner/setup', { ...OWNER, firstName: 'Ada', lastName: 'Lovelace' });
	const versions = new Map<string, string>();
	return {
		async credential(type, name, data) {
			await ask('POST', 'credentials', { type, name, data });
		},
		async save(workflow) {
			const { id, versionId } = saved.parse(await ask('POST', 'workflows', workflow));
			versions.set(id, versionId);
			return id;
		},
		async publish(id) {
			await ask('POST', `workflows/${id}/activate`, { versionId: versions.get(id) });
		},
		async unpublish(id) {
			await ask('POST', `workflows/${id}/deactivate`);
		},
		async runs(id) {
			const filter = encodeURIComponent(JSON.stringify({ workflowId: id }));
			const { results } = listed.parse(await ask('GET', `executions?filter=${filter}&limit=20`));
			return results.map(({ status }) => status);
		},
		async apiKey() {
			const scopes = z.array(z.string()).parse(await ask('GET', 'api-keys/scopes'));
			const created = await ask('POST', 'api-keys', {
				label: `key ${Date.now()}`,
				expiresAt: null,
				scopes,
			});
			return z.object({ rawApiKey: z.string() }).parse(created).rawApiKey;
		},
	};
}
