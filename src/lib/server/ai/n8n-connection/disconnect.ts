import { eq } from 'drizzle-orm';
import {
	n8nDisconnectInput,
	type N8nConnection,
	type N8nDisconnectInput,
	type N8nStep,
} from '#lib/contract/n8n.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { n8n_connections, sites, type N8nMade } from '#lib/server/core/db/schema/index.ts';
import { AppError, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import { deleteEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { getSiteSettings, updateSite } from '#lib/server/sites/index.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { revokeApiKey } from '#lib/server/team/api-keys/index.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { createN8nApi } from './n8n-api.ts';
import { claimConnection, findConnection, presentConnection, Run } from './internal.ts';

const IN_FRONTDESK: [N8nStep['key'], string][] = [
	['leave_ai', 'Give this site the AI it had before'],
	['delete_endpoint', 'Stop sending leads to n8n'],
];
const IN_N8N: [N8nStep['key'], string][] = [
	['reach', 'Reach n8n and check the API key'],
	['delete_workflows', 'Delete the workflows in n8n'],
	['delete_credentials', 'Delete the credentials in n8n'],
];

/**
 * Takes a site off the n8n that it is connected to, and deletes what was made there; with `forget` only Frontdesk's side.
 * A step that fails is in the result, and running it again continues. Admins only. Throws NotFound, Invalid, Conflict.
 */
export async function disconnectN8n(
	ctx: Ctx,
	key: string,
	input: N8nDisconnectInput,
): Promise<N8nConnection> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	const { api_key: given, forget } = parse(n8nDisconnectInput, input);
	const site = await getSite(ctx, { key });
	const present = await findConnection(ctx, site);
	if (!present) throw notFound('a connection of this site to n8n');
	const kept = present.sealed_api_key;
	const api_key = given ?? (kept === null ? undefined : ctx.app.secrets.open(kept));
	if (api_key === undefined && !forget) {
		const message =
			'enter an API key of n8n, or forget the connection and clean up in n8n yourself';
		throw new AppError('invalid', message, { errors: [{ path: 'api_key', message }] });
	}
	const row = await claimConnection(ctx, present.id, { steps: [] });
	const plan = forget ? IN_FRONTDESK : [IN_N8N[0], ...IN_FRONTDESK, ...IN_N8N.slice(1)];
	const run = new Run(
		ctx,
		row,
		plan.filter((step) => step !== undefined),
	);
	const { made } = run;
	const api = createN8nApi(ctx.app.outbound, { url: row.url, key: api_key ?? '' });
	const isDone = await run.execute({
		reach: () => api.check().then(() => row.url),
		async leave_ai() {
			await leaveAi(ctx, key, row.url, made);
			return null;
		},
		async delete_endpoint() {
			await deleteOwnEndpoint(ctx, made);
			return null;
		},
		async delete_workflows() {
			for (const { id } of made.workflows) if (id !== null) await api.deleteWorkflow(id);
			made.workflows = [];
			return null;
		},
		async delete_credentials() {
			for (const { id } of made.credentials) if (id !== null) await api.deleteCredential(id);
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

/** Gives a site whose AI is a workflow of this connection the AI that it had before; any other stays. */
export async function leaveAi(ctx: Ctx, key: string, url: string, made: N8nMade): Promise<void> {
	const { connector, is_connector_from_environment } = await getSiteSettings(ctx, key);
	const paths = made.workflows.map(({ path }) => `${url}/webhook/${path ?? ''}`);
	if (is_connector_from_environment || connector.type !== 'n8n' || !paths.includes(connector.url)) {
		return;
	}
	await updateSite(ctx, key, { connector: { type: 'scripted' } });
	const before = made.previous_connector;
	if (!before || before.type === 'scripted') return;
	// Sealed as it was: no form ever had its secret.
	await ctx.db.update(sites).set({ connector: before }).where(eq(sites.key, key));
}

export async function deleteOwnEndpoint(ctx: Ctx, made: N8nMade): Promise<void> {
	if (made.endpoint_id === null) return;
	try {
		await deleteEndpoint(ctx, made.endpoint_id);
	} catch (error) {
		if (!(error instanceof AppError && error.code === 'not_found')) throw error;
	}
	made.endpoint_id = null;
}
