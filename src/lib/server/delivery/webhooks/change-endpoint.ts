import { eq } from 'drizzle-orm';
import {
	type NewWebhookEndpoint,
	type WebhookEndpoint,
	type WebhookEndpointUpdate,
	webhookEndpointUpdate,
} from '#lib/contract/webhook-endpoint.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { sealHeader } from '#lib/server/sites/unchecked.ts';
import { disableEndpoint } from './endpoint-health.ts';
import {
	type EndpointRow,
	lockEndpoint,
	presentEndpoint,
	requireEditable,
	targetOf,
} from './internal.ts';
import { newWebhookSecret } from './signature.ts';

const DISABLED_BY_ADMIN = 'an admin disabled the endpoint';

/**
 * Changes an endpoint's address and events, or disables it, which gives up its pending deliveries; admins only. Throws
 * NotFound, Invalid, Conflict for the endpoint set by the environment.
 */
export async function updateEndpoint(
	ctx: Ctx,
	id: number,
	input: WebhookEndpointUpdate,
): Promise<WebhookEndpoint> {
	requireAdmin(ctx);
	const { is_enabled, auth_header: given, ...changes } = parse(webhookEndpointUpdate, input);
	return inTransaction(ctx, async (tx) => {
		const { endpoint, site } = await lockEndpoint(tx, id);
		requireEditable(endpoint);
		if (is_enabled === false && endpoint.is_enabled)
			await disableEndpoint(tx, id, DISABLED_BY_ADMIN);
		const auth_header = headerOf(tx, endpoint, changes.url ?? endpoint.url, given);
		const enabled = { is_enabled: true, disabled_reason: null, failing_since: null };
		const [row = endpoint] = await tx.db
			.update(webhook_endpoints)
			// Drizzle refuses an update without any column.
			.set({ url: endpoint.url, ...changes, auth_header, ...(is_enabled && enabled) })
			.where(eq(webhook_endpoints.id, id))
			.returning();
		const detail = {
			site,
			...(changes.events && { events: changes.events }),
			...(given !== undefined && { auth_header: given?.name ?? null }),
			is_enabled,
		};
		await audit(tx, { action: 'endpoint.updated', target: targetOf(row), detail });
		return presentEndpoint(row, site);
	});
}

/** The header after the change: an omitted value is kept, but never sent to another server. */
function headerOf(
	tx: Ctx,
	endpoint: EndpointRow,
	url: string,
	given: { name: string; value?: string } | null | undefined,
): EndpointRow['auth_header'] {
	const { auth_header: present } = endpoint;
	const header = given === undefined && present ? { name: present.name } : given;
	return header ? sealHeader(tx, { url, header }, endpoint, 'auth_header.value') : null;
}

/**
 * Deletes an endpoint and its secrets; its past deliveries stay listed. Admins only. Throws NotFound, Conflict for the
 * endpoint set by the environment.
 */
export async function deleteEndpoint(ctx: Ctx, id: number): Promise<void> {
	requireAdmin(ctx);
	await inTransaction(ctx, async (tx) => {
		const { endpoint, site } = await lockEndpoint(tx, id);
		requireEditable(endpoint);
		await disableEndpoint(tx, id, 'the endpoint was deleted');
		await tx.db
			.update(webhook_endpoints)
			.set({
				deleted_at: tx.app.clock(),
				sealed_secret: '',
				previous_sealed_secret: null,
				auth_header: null,
			})
			.where(eq(webhook_endpoints.id, id));
		await audit(tx, { action: 'endpoint.deleted', target: targetOf(endpoint), detail: { site } });
	});
}

const SECRET_OVERLAP_MS = 24 * 3_600_000;

/**
 * Gives an endpoint a new secret, shown only once; the previous one signs as well for 24 hours. Admins only. Throws
 * NotFound, Conflict for the endpoint set by the environment.
 */
export async function rotateSecret(ctx: Ctx, id: number): Promise<NewWebhookEndpoint> {
	requireAdmin(ctx);
	return inTransaction(ctx, async (tx) => {
		const { endpoint, site } = await lockEndpoint(tx, id);
		requireEditable(endpoint);
		const secret = newWebhookSecret();
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
			target: targetOf(row),
			detail: { site },
		});
		return { ...presentEndpoint(row, site), secret };
	});
}
