import { and, eq, sql } from 'drizzle-orm';
import {
	DEFAULT_WEBHOOK_EVENTS,
	type NewWebhookEndpoint,
	type WebhookEndpoint,
	webhookEndpointInput,
	type WebhookEndpointInput,
	type WebhookEndpointUpdate,
	webhookEndpointUpdate,
} from '#lib/contract/webhook-endpoint.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import { getSite, sealHeader } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { disableEndpoint } from './endpoint-health.ts';
import {
	type EndpointRow,
	lockEndpoint,
	presentEndpoint,
	requireEditable,
	toEndpointTarget,
} from './internal.ts';
import { createWebhookSecret } from './send.ts';

const DISABLED_BY_ADMIN = 'an admin disabled the webhook';

/**
 * Changes an endpoint's URL, events or auth header, enables it, or disables it, which gives up its pending deliveries. Admins
 * only. Throws NotFound, Invalid, and Conflict for the endpoint that environment variables define.
 */
export async function updateEndpoint(
	ctx: Ctx,
	id: number,
	input: WebhookEndpointUpdate,
): Promise<WebhookEndpoint> {
	requireAdmin(ctx);
	const { is_enabled, auth_header: headerInput, ...changes } = parse(webhookEndpointUpdate, input);
	return inTransaction(ctx, async (tx) => {
		const { endpoint, site } = await lockEndpoint(tx, id);
		requireEditable(endpoint);
		if (is_enabled === false && endpoint.is_enabled)
			await disableEndpoint(tx, id, DISABLED_BY_ADMIN);
		const auth_header = resolveHeader(tx, endpoint, changes.url ?? endpoint.url, headerInput);
		const enabledState = { is_enabled: true, disabled_reason: null, failing_since: null };
		const [row = endpoint] = await tx.db
			.update(webhook_endpoints)
			// Includes the URL, because Drizzle rejects an update without any column.
			.set({ url: endpoint.url, ...changes, auth_header, ...(is_enabled && enabledState) })
			.where(eq(webhook_endpoints.id, id))
			.returning();
		const detail = {
			site,
			...(changes.events && { events: changes.events }),
			...(headerInput !== undefined && { auth_header: headerInput?.name ?? null }),
			is_enabled,
		};
		await audit(tx, { action: 'endpoint.updated', target: toEndpointTarget(row), detail });
		return presentEndpoint(row, site);
	});
}

/** Returns the header after the change. Keeps an omitted value, but throws Invalid if the URL is now on a different server. */
function resolveHeader(
	tx: Ctx,
	endpoint: EndpointRow,
	url: string,
	headerInput: { name: string; value?: string } | null | undefined,
): EndpointRow['auth_header'] {
	const { auth_header: stored } = endpoint;
	const header = headerInput === undefined && stored ? { name: stored.name } : headerInput;
	return header ? sealHeader(tx, { url, header }, endpoint, 'auth_header.value') : null;
}

/**
 * Deletes an endpoint and its secrets. Its past deliveries stay in the list. Admins only. Throws NotFound, and Conflict for
 * the endpoint that environment variables define.
 */
export async function deleteEndpoint(ctx: Ctx, id: number): Promise<void> {
	requireAdmin(ctx);
	await inTransaction(ctx, async (tx) => {
		const { endpoint, site } = await lockEndpoint(tx, id);
		requireEditable(endpoint);
		await disableEndpoint(tx, id, 'the webhook was deleted');
		await tx.db
			.update(webhook_endpoints)
			.set({
				deleted_at: tx.app.clock(),
				sealed_secret: '',
				previous_sealed_secret: null,
				auth_header: null,
			})
			.where(eq(webhook_endpoints.id, id));
		await audit(tx, {
			action: 'endpoint.deleted',
			target: toEndpointTarget(endpoint),
			detail: { site },
		});
	});
}

const SECRET_OVERLAP_MS = 24 * 3_600_000;

/**
 * Rotates an endpoint's secret and returns the new one, only once. For 24 hours, the previous secret also signs deliveries.
 * Admins only. Throws NotFound, and Conflict for the endpoint that environment variables define.
 */
export async function rotateSecret(ctx: Ctx, id: number): Promise<NewWebhookEndpoint> {
	requireAdmin(ctx);
	return inTransaction(ctx, async (tx) => {
		const { endpoint, site } = await lockEndpoint(tx, id);
		requireEditable(endpoint);
		const secret = createWebhookSecret();
		const [row = endpoint] = await tx.db
			.update(webhook_endpoints)
			.set({
				sealed_secret: tx.app.secrets.seal(secret),
				previous_sealed_secret: endpoint.sealed_secret,
				previous_secret_until: new Date(tx.app.clock().getTime() + SECRET_OVERLAP_MS),
			})
			.where(eq(webhook_endpoints.id, id))
			.returning();
		await audit(tx, {
			action: 'endpoint.secret_rotated',
			target: toEndpointTarget(row),
			detail: { site },
		});
		return { ...presentEndpoint(row, site), secret };
	});
}

/** Creates an endpoint for a site and returns it with its secret. Admins only. Throws NotFound for the site, and Invalid. */
export async function createEndpoint(
	ctx: Ctx,
	input: WebhookEndpointInput,
): Promise<NewWebhookEndpoint> {
	requireAdmin(ctx);
	const {
		site: key,
		url,
		events,
		secret = createWebhookSecret(),
		auth_header: header,
	} = parse(webhookEndpointInput, input);
	const site = await getSite(ctx, { key });
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.insert(webhook_endpoints)
			.values({
				site_id: site.id,
				url,
				events,
				sealed_secret: tx.app.secrets.seal(secret),
				auth_header: header && sealHeader(tx, { url, header }, null, 'auth_header.value'),
				created_at: tx.app.clock(),
			})
			.returning();
		if (!row) throw new Error('the endpoint was not inserted');
		await audit(tx, {
			action: 'endpoint.created',
			target: toEndpointTarget(row),
			detail: { site: site.key, events, ...(header && { auth_header: header.name }) },
		});
		return { ...presentEndpoint(row, site.key), secret };
	});
}

/**
 * Applies LEAD_WEBHOOK_URL and LEAD_WEBHOOK_SECRET to the default site's endpoint on every start: creates, updates and
 * enables it if the URL is set, and disables it otherwise. If there is no secret, generates one once.
 */
export async function ensureDefaultEndpoint(ctx: Ctx): Promise<void> {
	const { leadWebhook } = ctx.app.config;
	const site = await getSite(ctx, { key: 'default' });
	if (!leadWebhook) return disableEnvironmentEndpoint(ctx, site.id);
	const { url, secret } = leadWebhook;
	const sealed_secret = ctx.app.secrets.seal(secret ?? createWebhookSecret());
	await ctx.db
		.insert(webhook_endpoints)
		.values({
			site_id: site.id,
			url,
			sealed_secret,
			events: DEFAULT_WEBHOOK_EVENTS,
			is_from_environment: true,
			created_at: ctx.app.clock(),
		})
		.onConflictDoUpdate({
			target: webhook_endpoints.site_id,
			targetWhere: sql`${webhook_endpoints.is_from_environment}`,
			set: {
				url,
				is_enabled: true,
				disabled_reason: null,
				failing_since: null,
				...(secret && { sealed_secret }),
			},
		});
}

function disableEnvironmentEndpoint(ctx: Ctx, site_id: number): Promise<void> {
	return inTransaction(ctx, async (tx) => {
		const [endpoint] = await tx.db
			.select({ id: webhook_endpoints.id })
			.from(webhook_endpoints)
			.where(
				and(
					eq(webhook_endpoints.site_id, site_id),
					eq(webhook_endpoints.is_from_environment, true),
					eq(webhook_endpoints.is_enabled, true),
				),
			);
		if (endpoint) await disableEndpoint(tx, endpoint.id, 'LEAD_WEBHOOK_URL is not set');
	});
}
