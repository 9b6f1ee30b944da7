import { isIP } from 'node:net';
import { eq } from 'drizzle-orm';
import type { N8nConnection } from '#lib/contract/n8n.ts';
import { removeBrackets } from '#lib/server/core/outbound/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { n8n_connections } from '#lib/server/core/db/schema/index.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import { getSite, type SiteRow } from '#lib/server/sites/unchecked.ts';
import type { ConnectionRow } from './setup-run.ts';

/** Returns a site's n8n connection and the progress of its last run, without secrets. Admins only. Throws `not_found`. */
export async function getN8nConnection(ctx: Ctx, key: string): Promise<N8nConnection> {
	requireAdmin(ctx);
	const site = await getSite(ctx, { key });
	return presentConnection(ctx, site, await findConnection(ctx, site));
}

export async function findConnection(ctx: Ctx, site: SiteRow): Promise<ConnectionRow | undefined> {
	const where = eq(n8n_connections.site_id, site.id);
	const [row] = await ctx.db.select().from(n8n_connections).where(where);
	return row;
}

/** Returns a connection in the contract's shape; `row` is undefined for a site without one. */
export function presentConnection(
	ctx: Ctx,
	site: SiteRow,
	row: ConnectionRow | undefined,
): N8nConnection {
	const { publicUrl } = ctx.app.config;
	if (!row) {
		return {
			site: site.key,
			status: 'none',
			url: null,
			frontdesk_url: publicUrl,
			is_api_key_kept: false,
			steps: [],
			workflows: [],
			credentials: [],
			endpoint_id: null,
			warnings: listReachabilityWarnings(publicUrl, null),
			updated_at: null,
		};
	}
	const { url, made, steps, status, running_until } = row;
	const isLeaseExpired = status === 'running' && (running_until ?? new Date(0)) <= ctx.app.clock();
	return {
		site: site.key,
		status: isLeaseExpired ? 'interrupted' : status,
		url,
		frontdesk_url: row.frontdesk_url,
		is_api_key_kept: row.sealed_api_key !== null,
		steps,
		workflows: made.workflows.flatMap(({ workflow, name, path, id }) =>
			id === null
				? []
				: [
						{
							workflow,
							name,
							url: `${url}/workflow/${encodeURIComponent(id)}`,
							webhook_url: path === null ? null : toWebhookUrl(url, path),
						},
					],
		),
		credentials: made.credentials.flatMap(({ name, type, id }) =>
			id === null ? [] : [{ name, type, url: `${url}/home/credentials/${encodeURIComponent(id)}` }],
		),
		endpoint_id: made.endpoint_id,
		// A finished connection has passed its tests.
		warnings: status === 'connected' ? [] : listReachabilityWarnings(row.frontdesk_url, url),
		updated_at: row.updated_at.toISOString(),
	};
}

export const toWebhookUrl = (url: string, path: string) => `${url}/webhook/${path}`;

/** Returns n8n's base URL from the URL of any page of its editor, without a trailing slash. */
export function toBaseUrl(pasted: string): string {
	const url = new URL(pasted);
	const editorPath =
		/\/(home|workflows?|projects|credentials|executions|settings|personal|shared|signin|setup|insights|api\/v1|webhook(-test)?)(\/.*)?$/;
	return (url.origin + url.pathname.replace(editorPath, '')).replace(/\/+$/, '');
}

function isLoopback(address: string): boolean {
	const host = removeBrackets(URL.parse(address)?.hostname ?? '');
	return (
		host === 'localhost' ||
		host.endsWith('.localhost') ||
		host === '::1' ||
		(isIP(host) === 4 && host.startsWith('127.'))
	);
}

/** Returns warnings if n8n probably can't reach Frontdesk's address. */
function listReachabilityWarnings(frontdeskUrl: string, n8nUrl: string | null): string[] {
	if (!isLoopback(frontdeskUrl)) return [];
	const { origin, port } = new URL(frontdeskUrl);
	const container = `http://host.docker.internal${port ? `:${port}` : ''}`;
	if (n8nUrl !== null && !isLoopback(n8nUrl)) {
		return [
			`n8n runs on another machine and cannot reach ${origin}. Start Frontdesk with PUBLIC_URL set to an address that n8n can reach, or enter that address under “Frontdesk URL for n8n”.`,
		];
	}
	return [
		`${origin} works only for an n8n on this machine. If n8n runs in a container, enter ${container} under “Frontdesk URL for n8n”; if it runs elsewhere, start Frontdesk with PUBLIC_URL set to an address that n8n can reach.`,
	];
}
