import { and, eq, isNull } from 'drizzle-orm';
import type { WebhookTest } from '#lib/contract/webhook-endpoint.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { sites, webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { type EndpointRow, toEndpointTarget } from './internal.ts';
import { findDeliveryFault } from '#lib/server/ai/turns/unchecked.ts';
import { createWebhookId, send } from './send.ts';
import type { Lead } from '#lib/contract/lead.ts';
import type { Session } from '#lib/contract/session.ts';

/**
 * Sends a `test` event to an endpoint once, signed like every delivery, and returns the response. Also works for a disabled
 * endpoint. Recorded only in the audit log. Admins only. Throws NotFound.
 */
export async function testEndpoint(ctx: Ctx, id: number): Promise<WebhookTest> {
	requireAdmin(ctx);
	const [found] = await ctx.db
		.select({ endpoint: webhook_endpoints, key: sites.key, name: sites.name })
		.from(webhook_endpoints)
		.innerJoin(sites, eq(sites.id, webhook_endpoints.site_id))
		.where(and(eq(webhook_endpoints.id, id), isNull(webhook_endpoints.deleted_at)));
	if (!found) throw notFound(`webhook ${id}`);
	const { endpoint, ...site } = found;
	const now = ctx.app.clock();
	const isRotating = endpoint.previous_secret_until && endpoint.previous_secret_until > now;
	const call = {
		url: endpoint.url,
		webhook_id: createWebhookId(),
		body: createSamplePayload(site, now),
		is_test: true,
		sealed_secret: endpoint.sealed_secret,
		auth_header: endpoint.auth_header,
		previous_sealed_secret: isRotating ? endpoint.previous_sealed_secret : null,
	};
	const attempt = await send(ctx.app, call, new AbortController().signal);
	const { duration_ms, http_status, response, error, result, cause } = attempt;
	await audit(ctx, {
		action: 'endpoint.tested',
		target: toEndpointTarget(endpoint),
		detail: { site: site.key, http_status },
	});
	const isRedirect = result === 'sent' && response === null;
	const problem = isRedirect
		? null
		: findDeliveryFault({ url: call.url, status: http_status, body: response ?? '', cause });
	return {
		is_ok: problem === null,
		request: call.body,
		duration_ms,
		http_status,
		response: maskHeader(ctx.app, endpoint, response),
		error: error ?? (problem && 'the webhook responded, but didn’t receive the delivery'),
		fault: problem?.fault ?? null,
		title: problem?.title ?? 'The webhook received the test',
		remedy: problem?.remedy ?? null,
	};
}

/** Masks the auth header's value, because an endpoint may echo the headers it received. */
function maskHeader({ secrets }: App, { auth_header }: EndpointRow, response: string | null) {
	if (!auth_header || response === null) return response;
	const value = secrets.open(auth_header.sealed_value);
	return value.length < 4 ? response : response.replaceAll(value, '••••••');
}

/** Creates the body of a test: a completed lead with made-up contents, marked as a test. */
function createSamplePayload(site: { key: string; name: string }, at: Date): string {
	const timestamp = at.toISOString();
	const messages = [
		{ sender: 'ai', message: 'Hello! What is your name?', timestamp },
		{ sender: 'visitor', message: 'Ada Lovelace, ada@example.com', timestamp },
		{ sender: 'ai', message: 'Thank you, we reply within 24 hours.', timestamp },
	];
	const session: Partial<Session> = {
		id: 0,
		session_id: 'session_test',
		site: site.key,
		site_name: site.name,
		channel: 'test',
		completion_status: 'complete',
		message_count: messages.length,
		context: { page_url: 'https://www.example.com/?utm_source=test', utm_source: 'test' },
		created_at: timestamp,
		completed_at: timestamp,
	};
	const lead: Partial<Lead> = {
		id: 0,
		session_id: 'session_test',
		name: 'Ada Lovelace',
		email: 'ada@example.com',
		phone: null,
		company: null,
		answers: { project: 'A test of this webhook' },
		score: 50,
		version: 1,
		created_at: timestamp,
		updated_at: timestamp,
	};
	return JSON.stringify({
		type: 'test',
		timestamp,
		data: { is_test: true, session, lead, transcript: messages },
	});
}
