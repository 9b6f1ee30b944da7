import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import {
	AI_WORKFLOWS,
	n8nConnectInput,
	type N8nConnectInput,
	type N8nConnection,
	type N8nStep,
	type N8nWorkflow,
} from '#lib/contract/n8n.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { n8n_connections, type N8nResources } from '#lib/server/core/db/schema/index.ts';
import { AppError, conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAccessManager } from '#lib/server/core/permissions.ts';
import { getSiteSettings } from '#lib/server/sites/index.ts';
import { getSite, type SiteRow } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { createN8nApi } from './n8n-api.ts';
import { ConnectionSetup } from './setup.ts';
import { toBaseUrl, findConnection, presentConnection } from './get-connection.ts';
import { claimConnection, type ConnectionRow, SetupRun } from './setup-run.ts';

type ParsedInput = z.output<typeof n8nConnectInput>;

/**
 * Connects a site to n8n: creates credentials and workflows through n8n's public API, publishes them, sets the site's AI
 * once it has passed a test, and sends the site's leads to a webhook endpoint. Running it again updates existing resources and
 * resumes a failed run; nothing is created twice. If a step fails, the result contains its remedy.
 * Admins and the environment's API key only, because n8n receives an API key. Throws `not_found`, `invalid`, `conflict`.
 */
export async function connectN8n(
	ctx: Ctx,
	key: string,
	input: N8nConnectInput,
): Promise<N8nConnection> {
	requireAccessManager(ctx);
	const parsed = parse(n8nConnectInput, input);
	const site = await getSite(ctx, { key });
	const { is_connector_from_environment } = await getSiteSettings(ctx, key);
	const ai = parsed.workflows.find((workflow) => AI_WORKFLOWS.includes(workflow));
	if (ai && is_connector_from_environment) {
		throw conflict('AI_WEBHOOK_URL sets this site’s AI: unset it, or don’t select a chat agent');
	}
	const { row, api_key } = await claimForRun(ctx, site, parsed);
	const run = new SetupRun(ctx, row, planSteps(row, parsed.workflows, ai));
	const api = createN8nApi(ctx.app.outbound, { url: row.url, key: api_key });
	const setup = new ConnectionSetup(ctx, { site, row, input: parsed, run, api });
	const isDone = await run.execute({
		reach: () => api.check().then(() => row.url),
		credentials: () => setup.createCredentials(),
		workflows: () => setup.importWorkflows(),
		publish: () => setup.publish(),
		test_ai: () => setup.testAi(ai),
		use_ai: () => setup.useAi(ai),
		endpoint: () => setup.createEndpoint(),
		test_delivery: () => setup.testDelivery(),
		delete_workflows: () => setup.removeUnselected(),
	});
	if (isDone) {
		await run.end('connected');
		await audit(ctx, {
			action: 'n8n.connected',
			target: { type: 'site', id: site.key, name: site.name },
			detail: { url: row.url, workflows: parsed.workflows },
		});
	}
	return presentConnection(ctx, site, await findConnection(ctx, site));
}

/** Stores the connection's settings and claims it for this run. */
async function claimForRun(
	ctx: Ctx,
	site: SiteRow,
	input: ParsedInput,
): Promise<{ row: ConnectionRow; api_key: string }> {
	const url = toBaseUrl(input.url);
	const frontdesk_url = (input.frontdesk_url ?? ctx.app.config.publicUrl).replace(/\/+$/, '');
	const { secrets } = ctx.app;
	const existingConnection = await findConnection(ctx, site);
	if (
		existingConnection &&
		existingConnection.url !== url &&
		hasCreatedResources(existingConnection.made)
	) {
		throw conflict(
			`this site is connected to ${existingConnection.url}: remove that connection first`,
		);
	}
	const sealedKey = existingConnection?.url === url ? existingConnection.sealed_api_key : null;
	const api_key = input.api_key ?? (sealedKey === null ? undefined : secrets.open(sealedKey));
	if (api_key === undefined) {
		const message = 'enter an n8n API key';
		throw new AppError('invalid', message, { errors: [{ path: 'api_key', message }] });
	}
	const settings = {
		url,
		frontdesk_url,
		sealed_api_key: input.keep_api_key ? secrets.seal(api_key) : null,
		steps: [],
	};
	if (!existingConnection) {
		await ctx.db
			.insert(n8n_connections)
			.values({
				...settings,
				site_id: site.id,
				made: createInitialResources(ctx, site),
				status: 'failed',
			})
			.onConflictDoNothing();
	}
	const id = (existingConnection ?? (await findConnection(ctx, site)))?.id ?? 0;
	return { row: await claimConnection(ctx, id, settings), api_key };
}

const createInitialResources = ({ app }: Ctx, site: SiteRow): N8nResources => ({
	tag: randomBytes(3).toString('hex'),
	sealed_header_value: app.secrets.seal(randomBytes(24).toString('base64url')),
	sealed_lead_secret: app.secrets.seal(`whsec_${randomBytes(32).toString('base64')}`),
	previous_connector: site.connector,
	api_key_id: null,
	endpoint_id: null,
	credentials: [],
	workflows: [],
});

const hasCreatedResources = ({ credentials, workflows }: N8nResources) =>
	[...credentials, ...workflows].some(({ id }) => id !== null);

type Plan = [N8nStep['key'], string][];

function planSteps(
	row: ConnectionRow,
	workflows: N8nWorkflow[],
	ai: N8nWorkflow | undefined,
): Plan {
	return [
		['reach', 'Connect to n8n and check the API key'],
		['credentials', 'Create credentials in n8n'],
		['workflows', 'Import workflows'],
		['publish', 'Publish workflows'],
		...(ai
			? ([
					['test_ai', 'Test the AI with a greeting and a message'],
					['use_ai', 'Let the workflow answer this site’s visitors'],
				] satisfies Plan)
			: []),
		...(workflows.includes('lead-intake')
			? ([
					['endpoint', 'Send this site’s leads to n8n'],
					['test_delivery', 'Test the delivery of a lead'],
				] satisfies Plan)
			: []),
		...(row.made.workflows.some(({ workflow }) => !workflows.includes(workflow))
			? ([['delete_workflows', 'Remove workflows that are no longer selected']] satisfies Plan)
			: []),
	];
}
