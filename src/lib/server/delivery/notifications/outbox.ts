import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { deviceInput, pushPayload } from '#lib/contract/notification.ts';
import { cleanText } from '#lib/contract/text.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { push_subscriptions } from '#lib/server/core/db/schema/index.ts';
import { OutboundError } from '#lib/server/core/outbound/index.ts';
import { type DrainOptions, drainOutbox } from '#lib/server/core/outbox/drain.ts';
import {
	type AttemptResult,
	claimSchema,
	claimRows,
	type Outbox,
} from '#lib/server/core/outbox/outbox.ts';
import { HOUR, MINUTE, parseRetryAfter, SECOND } from '#lib/server/core/retries.ts';

const outbox: Outbox<PushClaim, PushAttempt> = {
	table: 'push_messages',
	concurrency: 16,
	// Retries end when the message expires.
	retries: {
		pausesMs: [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR],
		jitter: 0.2,
		maxRetryAfterMs: 6 * HOUR,
	},
	claim: (ctx, request) =>
		claimRows(ctx, 'push_messages', {
			due: request,
			columns: sql`claimed.subscription_id, s.endpoint, s.sealed_keys, claimed.payload, claimed.urgency,
				claimed.expires_at, u.is_active, i.vapid_public_key, i.sealed_vapid_private_key`,
			joins: sql`join push_subscriptions s on s.id = claimed.subscription_id join users u on u.id = s.user_id
				left join installation_settings i on true`,
			schema: pushClaimSchema,
		}),
	send,
	changes: (_, { error }) => [sql`last_error = ${error}`],
	async afterSettle(tx, { subscription_id }, { result, error, isGone, isCalled }) {
		const isThisDevice = eq(push_subscriptions.id, subscription_id);
		const now = tx.app.clock();
		// Also deletes the device's messages, by cascade.
		if (isGone) await tx.db.delete(push_subscriptions).where(isThisDevice);
		else if (result === 'sent') {
			const healthyState = { last_used_at: now, failing_since: null, last_error: null };
			await tx.db.update(push_subscriptions).set(healthyState).where(isThisDevice);
		} else if (isCalled) {
			const failing_since = sql`coalesce(${push_subscriptions.failing_since}, ${now.toISOString()}::timestamptz)`;
			await tx.db
				.update(push_subscriptions)
				.set({ failing_since, last_error: error })
				.where(isThisDevice);
		}
	},
};

/** Sends every due push message. Returns the number of attempts. */
export const sendDuePushMessages = (ctx: Ctx, options: DrainOptions = {}): Promise<number> =>
	drainOutbox(ctx, outbox, options);

const TIMEOUT_MS = 15_000;
const MAX_RESPONSE_BYTES = 16 * 1024;
const MAX_TOPIC_LENGTH = 32;

const pushClaimSchema = claimSchema.extend({
	subscription_id: z.coerce.number(),
	endpoint: z.string(),
	sealed_keys: z.string(),
	payload: pushPayload,
	urgency: z.enum(['normal', 'high']),
	expires_at: z.coerce.date(),
	is_active: z.boolean(),
	vapid_public_key: z.string().nullable(),
	sealed_vapid_private_key: z.string().nullable(),
});
/** A push message that this process has claimed for sending. */
type PushClaim = z.infer<typeof pushClaimSchema>;

interface PushAttempt extends AttemptResult {
	/** Whether the push service reported that the subscription has ended. */
	isGone?: boolean;
	/** Whether the push service was called, so that the result reflects the state of the device. */
	isCalled?: boolean;
}

/** Encrypts a message for its device and sends it to the device's push service. Never throws. */
async function send(app: App, claim: PushClaim, signal: AbortSignal): Promise<PushAttempt> {
	if (!claim.is_active) return { result: 'failed', error: 'the user is disabled' };
	if (claim.expires_at <= app.clock())
		return { result: 'failed', error: 'the message has expired' };
	try {
		return await callPushService(app, await createEncryptedRequest(app, claim), signal);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		const outbound = error instanceof OutboundError ? error : undefined;
		return {
			result: !outbound ? 'failed' : outbound.reason === 'aborted' ? 'released' : 'retry',
			error: cleanText(message).slice(0, 500),
			isCalled: outbound !== undefined && outbound.reason !== 'aborted',
		};
	}
}

/** Returns the request to the push service: the encrypted message, signed with the installation's key. */
async function createEncryptedRequest({ secrets, config, clock }: App, claim: PushClaim) {
	const { endpoint, urgency, expires_at, vapid_public_key, sealed_vapid_private_key } = claim;
	if (vapid_public_key === null || sealed_vapid_private_key === null) {
		throw new Error('there is no key for push messages');
	}
	const keys = deviceInput.shape.keys.parse(JSON.parse(secrets.open(claim.sealed_keys)));
	// Loaded on demand, because most processes never send push messages.
	const { default: webPush } = await import('web-push');
	const { headers, body } = webPush.generateRequestDetails(
		{ endpoint, keys },
		JSON.stringify(claim.payload),
		{
			vapidDetails: {
				subject: config.vapidSubject,
				publicKey: vapid_public_key,
				privateKey: secrets.open(sealed_vapid_private_key),
			},
			contentEncoding: 'aes128gcm',
			TTL: Math.ceil((expires_at.getTime() - clock().getTime()) / 1000),
			urgency,
			// The push service replaces an undelivered message with the same topic, such as one whose response was lost.
			topic: createHash('sha256')
				.update(claim.payload.tag)
				.digest('base64url')
				.slice(0, MAX_TOPIC_LENGTH),
		},
	);
	if (!Buffer.isBuffer(body)) throw new Error('the message was not encrypted');
	const entries = Object.entries(headers).map(([name, value]) => [name, String(value)]);
	return { endpoint, headers: Object.fromEntries(entries) as Record<string, string>, body };
}

async function callPushService(
	app: App,
	{ endpoint, headers, body }: Awaited<ReturnType<typeof createEncryptedRequest>>,
	signal: AbortSignal,
): Promise<PushAttempt> {
	const response = await app.publicOutbound.request({
		url: endpoint,
		method: 'POST',
		headers,
		body,
		timeouts: { firstByte: TIMEOUT_MS, idle: TIMEOUT_MS, total: TIMEOUT_MS },
		maxBytes: MAX_RESPONSE_BYTES,
		signal,
	});
	const { status } = response;
	// Read to the end, so that the connection can be reused. Errors don't matter, because the status has already arrived.
	const text = await response.text().catch(() => '');
	if (status >= 200 && status < 300) return { result: 'sent', error: null, isCalled: true };
	const isTransient = status === 408 || status === 429 || status >= 500;
	// The body is only logged, not stored, because the endpoint is user-supplied and could be an internal service.
	app.log.warn({ status, body: cleanText(text).slice(0, 500) }, 'a push message was refused');
	return {
		result: isTransient ? 'retry' : 'failed',
		error: `the push service responded with status ${status}`,
		isGone: status === 404 || status === 410,
		isCalled: true,
		retry_after_ms: parseRetryAfter(response.headers.get('retry-after'), app.clock()),
	};
}
