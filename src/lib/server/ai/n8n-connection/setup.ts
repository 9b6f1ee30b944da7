import { setTimeout as pause } from 'node:timers/promises';
import { and, eq, isNull } from 'drizzle-orm';
import type { z } from 'zod';
import type { ConnectorInput } from '#lib/contract/connector.ts';
import { AI_WORKFLOWS, type n8nConnectInput, type N8nWorkflow } from '#lib/contract/n8n.ts';
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
import { tryConnector } from '../turns/index.ts';
import { deleteOwnEndpoint, leaveAi } from './disconnect.ts';
import { type ConnectionRow, type Run, StepError, webhookUrlOf } from './internal.ts';
import type { N8nApi, NewCredential } from './n8n-api.ts';
import { credentialsOf, fillWorkflow, forApi, hasWebhook, newPath, titleOf } from './workflows.ts';

const HEADER = 'X-Api-Key';
/** n8n says that a workflow is published a moment before its webhook answers. */
const REGISTRATION_TRIES = 30;
const REGISTRATION_PAUSE_MS = 500;

interface Parts {
	site: SiteRow;
	row: ConnectionRow;
	given: z.output<typeof n8nConnectInput>;
	run: Run;
	api: N8nApi;
}

/** The acts of one run; each takes up what an earlier run has made. */
export class Setup {
	readonly #ctx: Ctx;
	readonly #parts: Parts;

	constructor(ctx: Ctx, parts: Parts) {
		this.#ctx = ctx;
		this.#parts = parts;
	}

	async makeCredentials(): Promise<string> {
		const needed = credentialsOf(this.#parts.given.workflows);
		for (const { hint, type } of needed) {
			if (hint === 'Frontdesk API key') await this.#withNewApiKey(hint, type);
			else {
				const data = await this.#dataOf(hint);
				if (data) await this.#makeCredential({ hint, type, data });
			}
		}
		return `${needed.length} credentials`;
	}

	/** The key itself is not stored here, so that each run makes another one and ends the one before. */
	async #withNewApiKey(hint: string, type: string): Promise<void> {
		const { run, site } = this.#parts;
		const before = run.made.api_key_id;
		const name = `n8n (${site.name})`.slice(0, 100);
		const { key, api_key } = await createApiKey(this.#ctx, {
			name,
			scopes: ['sessions:read', 'sessions:write', 'errors:write'],
		});
		try {
			await this.#makeCredential({ hint, type, data: { name: 'X-API-Key', value: key } });
		} catch (error) {
			await revokeApiKey(this.#ctx, api_key.id);
			throw error;
		}
		run.made.api_key_id = api_key.id;
		await run.keep();
		if (before !== null) await revokeApiKey(this.#ctx, before);
	}

	/** What goes into a credential; undefined: the one that is there stays. */
	async #dataOf(hint: string): Promise<NewCredential['data'] | undefined> {
		const { made } = this.#parts.run;
		const { secrets } = this.#ctx.app;
		if (hint === 'Frontdesk calls n8n') {
			return { name: HEADER, value: secrets.open(made.sealed_header_value) };
		}
		if (hint === 'Frontdesk lead secret') {
			const endpoint = await this.#findEndpoint();
			if (endpoint) made.sealed_lead_secret = endpoint.sealed_secret;
			return { hmacSecret: secrets.open(made.sealed_lead_secret) };
		}
		return this.#modelData(hint);
	}

	#modelData(hint: string): NewCredential['data'] | undefined {
		const { given, site, run } = this.#parts;
		if (given.openai_api_key) return { apiKey: given.openai_api_key };
		const own = [site.connector, run.made.previous_connector].find((one) => one?.type === 'openai');
		if (own?.type === 'openai' && own.sealed_api_key) {
			return { apiKey: this.#ctx.app.secrets.open(own.sealed_api_key), url: own.base_url };
		}
		if (run.made.credentials.some((one) => one.hint === hint && one.id !== null)) return undefined;
		throw new StepError(
			'The AI agent needs a model.',
			'Enter an OpenAI API key above, or choose the agent without an LLM.',
		);
	}

	/** Changes a credential that is there; otherwise makes it, in the place of one that a broken run left. */
	async #makeCredential({
		hint,
		type,
		data,
	}: {
		hint: string;
		type: string;
		data: NewCredential['data'];
	}) {
		const { run, api, site } = this.#parts;
		const { made } = run;
		const name = `${hint} (${site.name.slice(0, 60)}, ${made.tag})`;
		let entry = made.credentials.find((one) => one.hint === hint);
		if (!entry) {
			entry = { hint, name, type, id: null };
			made.credentials.push(entry);
		}
		const credential = { name: entry.name, type, data };
		if (entry.id !== null && (await api.updateCredential(entry.id, credential))) return;
		await run.keep();
		for (const id of (await api.findCredentials(entry.name)) ?? []) await api.deleteCredential(id);
		entry.id = await api.createCredential(credential);
		await run.keep();
	}

	async importWorkflows(): Promise<string> {
		const { given } = this.#parts;
		// The others name it as the one that reports their failures.
		const first = given.workflows.filter((one) => one === 'error-workflow');
		const others = given.workflows.filter((one) => one !== 'error-workflow');
		for (const workflow of [...first, ...others]) await this.#importWorkflow(workflow);
		return `${given.workflows.length} workflows`;
	}

	async #importWorkflow(workflow: N8nWorkflow): Promise<void> {
		const { run, api, site, row } = this.#parts;
		const { made } = run;
		let entry = made.workflows.find((one) => one.workflow === workflow);
		if (!entry) {
			const name = `${titleOf(workflow)} (${site.name.slice(0, 60)}, ${made.tag})`;
			entry = { workflow, name, path: hasWebhook(workflow) ? newPath(workflow) : null, id: null };
			made.workflows.push(entry);
		}
		const reporter = made.workflows.find((one) => one.workflow === 'error-workflow')?.id;
		const filled = fillWorkflow(workflow, {
			frontdesk_url: row.frontdesk_url,
			path: entry.path ?? '',
			name: entry.name,
			credential: (hint) => {
				const found = made.credentials.find((one) => one.hint === hint);
				return found?.id ? { id: found.id, name: found.name } : undefined;
			},
			error_workflow: workflow === 'error-workflow' ? undefined : (reporter ?? undefined),
		});
		if (entry.id !== null && (await api.updateWorkflow(entry.id, forApi(filled)))) return;
		await run.keep();
		for (const id of await api.findWorkflows(entry.name)) await api.deleteWorkflow(id);
		entry.id = await api.createWorkflow(forApi(filled));
		await run.keep();
	}

	async publish(): Promise<null> {
		const { run, api, given } = this.#parts;
		for (const { workflow, id } of run.made.workflows) {
			if (id !== null && given.workflows.includes(workflow)) await api.activateWorkflow(id);
		}
		return null;
	}

	async testAi(ai: N8nWorkflow | undefined): Promise<string> {
		const connector = this.#connectorOf(ai);
		const trial = await untilRegistered(
			() => tryConnector(this.#ctx, this.#parts.site.key, connector),
			({ fault }) => fault,
		);
		if (!trial.is_ok) {
			const where =
				trial.step === 'message' ? 'The greeting works; the answer to a message failed. ' : '';
			throw new StepError(
				`${where}${trial.title}. ${trial.detail ?? ''}`.trim(),
				trial.remedy ?? '',
			);
		}
		return `It greeted: “${(trial.reply ?? '').slice(0, 200)}”`;
	}

	async useAi(ai: N8nWorkflow | undefined): Promise<null> {
		await updateSite(this.#ctx, this.#parts.site.key, { connector: this.#connectorOf(ai) });
		return null;
	}

	async makeEndpoint(): Promise<string> {
		const { run, site } = this.#parts;
		const url = this.#webhookUrl('lead-intake');
		const present = await this.#findEndpoint();
		if (present) await updateEndpoint(this.#ctx, present.id, { url, is_enabled: true });
		else {
			const secret = this.#ctx.app.secrets.open(run.made.sealed_lead_secret);
			const { id } = await createEndpoint(this.#ctx, { site: site.key, url, secret });
			run.made.endpoint_id = id;
			await run.keep();
		}
		return url;
	}

	async testDelivery(): Promise<null> {
		const id = this.#parts.run.made.endpoint_id ?? 0;
		const test = await untilRegistered(
			() => testEndpoint(this.#ctx, id),
			({ fault }) => fault,
		);
		if (!test.is_ok) throw new StepError(`${test.title}. ${test.error ?? ''}`, test.remedy ?? '');
		return null;
	}

	/** After everything else works: what is no longer chosen goes. */
	async removeOthers(): Promise<string | null> {
		const { run, api, given, site, row } = this.#parts;
		const { made } = run;
		const isChosen = (workflow: N8nWorkflow) => given.workflows.includes(workflow);
		const others = made.workflows.filter(({ workflow }) => !isChosen(workflow));
		if (!given.workflows.some((one) => AI_WORKFLOWS.includes(one))) {
			await leaveAi(this.#ctx, site.key, row.url, made);
		}
		if (!isChosen('lead-intake')) await deleteOwnEndpoint(this.#ctx, made);
		for (const { id } of others) if (id !== null) await api.deleteWorkflow(id);
		made.workflows = made.workflows.filter(({ workflow }) => isChosen(workflow));
		await run.keep();
		return others.length === 0 ? null : others.map(({ name }) => name).join(', ');
	}

	async #findEndpoint() {
		const id = this.#parts.run.made.endpoint_id;
		if (id === null) return undefined;
		const where = and(eq(webhook_endpoints.id, id), isNull(webhook_endpoints.deleted_at));
		const [row] = await this.#ctx.db.select().from(webhook_endpoints).where(where);
		return row;
	}

	#webhookUrl(workflow: N8nWorkflow): string {
		const { run, row } = this.#parts;
		const path = run.made.workflows.find((one) => one.workflow === workflow)?.path ?? '';
		return webhookUrlOf(row.url, path);
	}

	#connectorOf(ai: N8nWorkflow | undefined): ConnectorInput {
		const value = this.#ctx.app.secrets.open(this.#parts.run.made.sealed_header_value);
		const url = this.#webhookUrl(ai ?? 'chat-agent');
		return { type: 'n8n', url, auth_header: { name: HEADER, value } };
	}
}

async function untilRegistered<T>(
	ask: () => Promise<T>,
	faultOf: (result: T) => string | null,
): Promise<T> {
	for (let tries = 1; ; tries += 1) {
		const result = await ask();
		if (faultOf(result) !== 'workflow_not_active' || tries === REGISTRATION_TRIES) return result;
		await pause(REGISTRATION_PAUSE_MS);
	}
}
