import { eq } from 'drizzle-orm';
import {
	n8nDisconnectInput,
	type N8nConnection,
	type N8nDisconnectInput,
	type N8nStep,
} from '#lib/contract/n8n.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { n8n_connections, sites, type N8nResources } from '#lib/server/core/db/schema/index.ts';
import { AppError, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import { deleteEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { getSiteSettings, updateSite } from '#lib/server/sites/index.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { revokeApiKey } from '#lib/server/team/api-keys/index.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { createN8nApi, type N8nApi } from './n8n-api.ts';
import { findConnection, presentConnection } from './get-connection.ts';
import { claimConnection, SetupRun } from './setup-run.ts';

const FRONTDESK_STEPS: [N8nStep['key'], string][] = [
	['leave_ai', 'Restore this site’s previous AI'],
	['delete_endpoint', 'Stop sending leads to n8n'],
];
const N8N_STEPS: [N8nStep['key'], string][] = [
	['reach', 'Connect to n8n and check the API key'],
	['delete_workflows', 'Delete workflows from n8n'],
	['delete_credentials', 'Delete credentials from n8n'],
];

/**
 * Disconnects a site from n8n and deletes the resources created there; with `forget`, changes only Frontdesk. If a step fails,
 * the result says which, and another run continues there. Admins only. Throws `not_found`, `invalid`, `conflict`.
 */
export async function disconnectN8n(
	ctx: Ctx,
	key: string,
	input: N8nDisconnectInput,
): Promise<N8nConnection> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	const { api_key: entered, forget } = parse(n8nDisconnectInput, input);
	const site = await getSite(ctx, { key });
	const existingConnection = await findConnection(ctx, site);
	if (!existingConnection) throw notFound("the site's n8n connection");
	const sealedKey = existingConnection.sealed_api_key;
	const api_key = entered ?? (sealedKey === null ? undefined : ctx.app.secrets.open(sealedKey));
	if (api_key === undefined && !forget) {
		const message = 'enter an n8n API key, or forget the connection and clean up in n8n yourself';
		throw new AppError('invalid', message, { errors: [{ path: 'api_key', message }] });
	}
	const row = await claimConnection(ctx, existingConnection.id, { steps: [] });
	const plan = forget ? FRONTDESK_STEPS : [N8N_STEPS[0], ...FRONTDESK_STEPS, ...N8N_STEPS.slice(1)];
	const run = new SetupRun(
		ctx,
		row,
		plan.filter((step) => step !== undefined),
	);
	const { made } = run;
	const api = createN8nApi(ctx.app.outbound, { url: row.url, key: api_key ?? '' });
	const isDone = await run.execute({
		reach: () => api.check().then(() => row.url),
		async leave_ai() {
			await restoreAi(ctx, key, row.url, made);
			return null;
		},
		async delete_endpoint() {
			await deleteOwnEndpoint(ctx, made);
			return null;
		},
		async delete_workflows() {
			await deleteWorkflows(api, made.workflows);
			made.workflows = [];
			return null;
		},
		async delete_credentials() {
			for (const { id, name } of made.credentials) {
				const ids = id === null ? await api.findCredentials(name) : [id];
				for (const found of ids ?? []) await api.deleteCredential(found);
			}
			made.credentials = [];
			return null;
		},
	});
	if (!isDone) return presentConnection(ctx, site, await findConnection(ctx, site));
	if (made.api_key_id !== null) await revokeApiKey(ctx, made.api_key_id);
	await ctx.db.delete(n8n_connections).where(eq(n8n_connections.id, row.id));
	await audit(ctx, {
		action: 'n8n.disconnected',
		target: { type: 'site', id: site.key, name: site.name },
		detail: { url: row.url, is_n8n_cleaned: !forget },
	});
	return presentConnection(ctx, site, undefined);
}

/** Deletes workflows from n8n. Those whose ID never arrived are found by name. */
export async function deleteWorkflows(
	api: N8nApi,
	workflows: N8nResources['workflows'],
): Promise<void> {
	for (const { id, name } of workflows) {
		const ids = id === null ? await api.findWorkflows(name) : [id];
		for (const found of ids) await api.deleteWorkflow(found);
	}
}

/** Restores the AI that a site had before this connection, unless the AI has been changed since. */
export async function restoreAi(
	ctx: Ctx,
	key: string,
	url: string,
	made: N8nResources,
): Promise<void> {
	const { connector, is_connector_from_environment } = await getSiteSettings(ctx, key);
	const paths = made.workflows.map(({ path }) => `${url}/webhook/${path ?? ''}`);
	if (is_connector_from_environment || connector.type !== 'n8n' || !paths.includes(connector.url)) {
		return;
	}
	await updateSite(ctx, key, { connector: { type: 'scripted' } });
	const previous = made.previous_connector;
	if (!previous || previous.type === 'scripted') return;
	// Written directly, because updateSite accepts only plain secrets, and this one is already sealed.
	await ctx.db.update(sites).set({ connector: previous }).where(eq(sites.key, key));
}

/** Deletes the webhook endpoint that this connection created, if it still exists. */
export async function deleteOwnEndpoint(ctx: Ctx, made: N8nResources): Promise<void> {
	if (made.endpoint_id === null) return;
	try {
		await deleteEndpoint(ctx, made.endpoint_id);
	} catch (error) {
		if (!(error instanceof AppError && error.code === 'not_found')) throw error;
	}
	made.endpoint_id = null;
}
