import { setTimeout as pause } from 'node:timers/promises';
import { and, eq, isNull } from 'drizzle-orm';
import type { z } from 'zod';
import type { ConnectorInput } from '#lib/contract/connector.ts';
import { AI_WORKFLOWS, type n8nConnectInput, type ConnectableWorkflow } from '#lib/contract/n8n.ts';
import { pluralize } from '#lib/contract/text.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import {
	createEndpoint,
	testEndpoint,
	updateEndpoint,
} from '#lib/server/delivery/webhooks/index.ts';
import { updateSite } from '#lib/server/sites/index.ts';
import type { SiteRow } from '#lib/server/sites/unchecked.ts';
import { createApiKey, revokeApiKey } from '#lib/server/team/api-keys/index.ts';
import { testConnection } from '../turns/index.ts';
import { deleteOwnEndpoint, deleteWorkflows, restoreAi } from './disconnect.ts';
import { toWebhookUrl } from './get-connection.ts';
import type { N8nApi, NewCredential } from './n8n-api.ts';
import { type ConnectionRow, type SetupRun, StepError } from './setup-run.ts';
import {
	fillWorkflow,
	hasWebhook,
	listCredentials,
	createPath,
	getTitle,
	toNewWorkflow,
} from './workflows.ts';

const AUTH_HEADER = 'X-Api-Key';
/** Tests are retried, because n8n reports a workflow as published a moment before its webhook answers. */
const MAX_REGISTRATION_ATTEMPTS = 30;
const REGISTRATION_RETRY_MS = 500;

interface SetupOptions {
	site: SiteRow;
	row: ConnectionRow;
	input: z.output<typeof n8nConnectInput>;
	run: SetupRun;
	api: N8nApi;
}

/** The steps that connect n8n. Each reuses the resources that an earlier run has created. */
export class ConnectionSetup {
	readonly #ctx: Ctx;
	readonly #options: SetupOptions;

	constructor(ctx: Ctx, options: SetupOptions) {
		this.#ctx = ctx;
		this.#options = options;
	}

	async createCredentials(): Promise<string> {
		const needed = listCredentials(this.#options.input.workflows);
		for (const { reference, type } of needed) {
			if (reference === 'Frontdesk API key') await this.#replaceApiKey(reference, type);
			else {
				const data = await this.#getCredentialData(reference);
				if (data) await this.#saveCredential({ reference, type, data });
			}
		}
		return pluralize(needed.length, 'credential');
	}

	/** Creates a new API key for n8n and revokes the previous one, because Frontdesk doesn't store the key itself. */
	async #replaceApiKey(reference: string, type: string): Promise<void> {
		const { run, site } = this.#options;
		const previous = run.made.api_key_id;
		const name = `n8n (${site.name})`.slice(0, 100);
		const { key, api_key } = await createApiKey(this.#ctx, {
			name,
			scopes: ['sessions:read', 'sessions:write', 'errors:write'],
		});
		try {
			await this.#saveCredential({ reference, type, data: { name: 'X-API-Key', value: key } });
		} catch (error) {
			await revokeApiKey(this.#ctx, api_key.id);
			throw error;
		}
		run.made.api_key_id = api_key.id;
		await run.save();
		if (previous !== null) await revokeApiKey(this.#ctx, previous);
	}

	/** Returns the contents of a credential; `undefined` to leave the existing one unchanged. */
	async #getCredentialData(reference: string): Promise<NewCredential['data'] | undefined> {
		const { made } = this.#options.run;
		const { secrets } = this.#ctx.app;
		if (reference === 'Frontdesk calls n8n') {
			return { name: AUTH_HEADER, value: secrets.open(made.sealed_header_value) };
		}
		if (reference === 'Frontdesk lead secret') {
			const endpoint = await this.#findEndpoint();
			if (endpoint) made.sealed_lead_secret = endpoint.sealed_secret;
			return { hmacSecret: secrets.open(made.sealed_lead_secret) };
		}
		return this.#getModelCredentialData(reference);
	}

	#getModelCredentialData(reference: string): NewCredential['data'] | undefined {
		const { input, site, run } = this.#options;
		if (input.openai_api_key) return { apiKey: input.openai_api_key };
		const candidates = [site.connector, run.made.previous_connector];
		const openai = candidates.find((candidate) => candidate?.type === 'openai');
		if (openai?.type === 'openai' && openai.sealed_api_key) {
			return { apiKey: this.#ctx.app.secrets.open(openai.sealed_api_key), url: openai.base_url };
		}
		if (run.made.credentials.some((entry) => entry.hint === reference && entry.id !== null))
			return undefined;
		throw new StepError(
			'The AI agent needs a model.',
			'Enter an OpenAI API key above, or choose the agent without an LLM.',
		);
	}

	/** Updates the existing credential, or creates it and deletes leftovers of the same name from an interrupted run. */
	async #saveCredential({
		reference,
		type,
		data,
	}: {
		reference: string;
		type: string;
		data: NewCredential['data'];
	}) {
		const { run, api, site } = this.#options;
		const { made } = run;
		const name = `${reference} (${site.name.slice(0, 60)}, ${made.tag})`;
		let entry = made.credentials.find((candidate) => candidate.hint === reference);
		if (!entry) {
			entry = { hint: reference, name, type, id: null };
			made.credentials.push(entry);
		}
		const credential = { name: entry.name, type, data };
		if (entry.id !== null && (await api.updateCredential(entry.id, credential))) return;
		await run.save();
		for (const id of (await api.findCredentials(entry.name)) ?? []) await api.deleteCredential(id);
		entry.id = await api.createCredential(credential);
		await run.save();
	}

	async importWorkflows(): Promise<string> {
		const { workflows } = this.#options.input;
		// The error workflow is imported first, because the others refer to it by ID.
		const first = workflows.filter((workflow) => workflow === 'error-workflow');
		const others = workflows.filter((workflow) => workflow !== 'error-workflow');
		for (const workflow of [...first, ...others]) await this.#importWorkflow(workflow);
		return pluralize(workflows.length, 'workflow');
	}

	async #importWorkflow(workflow: ConnectableWorkflow): Promise<void> {
		const { run, api, site, row } = this.#options;
		const { made } = run;
		let entry = made.workflows.find((candidate) => candidate.workflow === workflow);
		if (!entry) {
			const name = `${getTitle(workflow)} (${site.name.slice(0, 60)}, ${made.tag})`;
			entry = {
				workflow,
				name,
				path: hasWebhook(workflow) ? createPath(workflow) : null,
				id: null,
			};
			made.workflows.push(entry);
		}
		const errorWorkflow = made.workflows.find(
			(candidate) => candidate.workflow === 'error-workflow',
		);
		const filledWorkflow = fillWorkflow(workflow, {
			frontdesk_url: row.frontdesk_url,
			path: entry.path ?? '',
			name: entry.name,
			site,
			findCredential: (reference) => {
				const found = made.credentials.find((candidate) => candidate.hint === reference);
				return found?.id ? { id: found.id, name: found.name } : undefined;
			},
			error_workflow: workflow === 'error-workflow' ? undefined : (errorWorkflow?.id ?? undefined),
		});
		if (entry.id !== null && (await api.updateWorkflow(entry.id, toNewWorkflow(filledWorkflow))))
			return;
		await run.save();
		for (const id of await api.findWorkflows(entry.name)) await api.deleteWorkflow(id);
		entry.id = await api.createWorkflow(toNewWorkflow(filledWorkflow));
		await run.save();
	}

	async publish(): Promise<null> {
		const { run, api, input } = this.#options;
		for (const { workflow, id } of run.made.workflows) {
			if (id !== null && input.workflows.includes(workflow)) await api.activateWorkflow(id);
		}
		return null;
	}

	async testAi(ai: ConnectableWorkflow | undefined): Promise<string> {
		const connector = this.#createConnectorInput(ai);
		const report = await retryUntilRegistered(
			() => testConnection(this.#ctx, this.#options.site.key, connector),
			({ fault }) => fault,
		);
		if (!report.is_ok) {
			const where =
				report.step === 'message' ? 'The greeting works; the answer to a message failed. ' : '';
			throw new StepError(
				`${where}${report.title}. ${report.detail ?? ''}`.trim(),
				report.remedy ?? '',
			);
		}
		return `The AI greeted: “${(report.reply ?? '').slice(0, 200)}”`;
	}

	async useAi(ai: ConnectableWorkflow | undefined): Promise<null> {
		await updateSite(this.#ctx, this.#options.site.key, {
			connector: this.#createConnectorInput(ai),
		});
		return null;
	}

	async createEndpoint(): Promise<string> {
		const { run, site } = this.#options;
		const url = this.#getWebhookUrl('lead-intake');
		const existingEndpoint = await this.#findEndpoint();
		if (existingEndpoint)
			await updateEndpoint(this.#ctx, existingEndpoint.id, { url, is_enabled: true });
		else {
			const secret = this.#ctx.app.secrets.open(run.made.sealed_lead_secret);
			const { id } = await createEndpoint(this.#ctx, { site: site.key, url, secret });
			run.made.endpoint_id = id;
			await run.save();
		}
		return url;
	}

	async testDelivery(): Promise<null> {
		const id = this.#options.run.made.endpoint_id ?? 0;
		const test = await retryUntilRegistered(
			() => testEndpoint(this.#ctx, id),
			({ fault }) => fault,
		);
		if (!test.is_ok) throw new StepError(`${test.title}. ${test.error ?? ''}`, test.remedy ?? '');
		return null;
	}

	/** Removes workflows that are no longer selected, with their endpoint and AI setting. Runs last, after everything else works. */
	async removeUnselected(): Promise<string | null> {
		const { run, api, input, site, row } = this.#options;
		const { made } = run;
		const isSelected = (workflow: ConnectableWorkflow) => input.workflows.includes(workflow);
		const unselected = made.workflows.filter(({ workflow }) => !isSelected(workflow));
		if (!input.workflows.some((workflow) => AI_WORKFLOWS.includes(workflow))) {
			await restoreAi(this.#ctx, site.key, row.url, made);
		}
		if (!isSelected('lead-intake')) await deleteOwnEndpoint(this.#ctx, made);
		await deleteWorkflows(api, unselected);
		made.workflows = made.workflows.filter(({ workflow }) => isSelected(workflow));
		await run.save();
		return unselected.length === 0 ? null : unselected.map(({ name }) => name).join(', ');
	}

	async #findEndpoint() {
		const id = this.#options.run.made.endpoint_id;
		if (id === null) return undefined;
		const where = and(eq(webhook_endpoints.id, id), isNull(webhook_endpoints.deleted_at));
		const [row] = await this.#ctx.db.select().from(webhook_endpoints).where(where);
		return row;
	}

	#getWebhookUrl(workflow: ConnectableWorkflow): string {
		const { run, row } = this.#options;
		const path = run.made.workflows.find((entry) => entry.workflow === workflow)?.path ?? '';
		return toWebhookUrl(row.url, path);
	}

	#createConnectorInput(ai: ConnectableWorkflow | undefined): ConnectorInput {
		const value = this.#ctx.app.secrets.open(this.#options.run.made.sealed_header_value);
		const url = this.#getWebhookUrl(ai ?? 'chat-agent');
		return { type: 'n8n', url, auth_header: { name: AUTH_HEADER, value } };
	}
}

/** Repeats a test until n8n has registered the webhook, or for about 15 seconds; returns the last result. */
async function retryUntilRegistered<T>(
	test: () => Promise<T>,
	getFault: (result: T) => string | null,
): Promise<T> {
	for (let attempt = 1; ; attempt += 1) {
		const result = await test();
		const isRegistered = getFault(result) !== 'workflow_not_active';
		if (isRegistered || attempt === MAX_REGISTRATION_ATTEMPTS) return result;
		await pause(REGISTRATION_RETRY_MS);
	}
}
