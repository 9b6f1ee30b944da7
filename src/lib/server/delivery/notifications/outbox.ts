import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { deviceInput, pushPayload } from '#lib/contract/notification.ts';
import { cleanText } from '#lib/contract/text.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { push_subscriptions } from '#lib/server/core/db/schema/index.ts';
import { OutboundError } from '#lib/server/core/outbound/index.ts';
import { type DrainOptions, drainOutbox } from '#lib/server/core/outbox/drain.ts';
import { type Attempt, claim, claimRows, type Outbox } from '#lib/server/core/outbox/outbox.ts';
import { HOUR, MINUTE, readRetryAfter, SECOND } from '#lib/server/core/retries.ts';

const outbox: Outbox<PushClaim, PushAttempt> = {
	table: 'push_messages',
	concurrency: 16,
	// Ended by the message's expiry.
	retries: {
		pausesMs: [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR],
		jitter: 0.2,
		maxAskedMs: 6 * HOUR,
	},
	claim: (ctx, request) =>
		claimRows(ctx, 'push_messages', {
			due: request,
			columns: sql`claimed.subscription_id, s.endpoint, s.sealed_keys, claimed.payload, claimed.urgency,
				claimed.expires_at, u.is_active, i.vapid_public_key, i.sealed_vapid_private_key`,
			joins: sql`join push_subscriptions s on s.id = claimed.subscription_id join users u on u.id = s.user_id
				left join installation_settings i on true`,
			schema: pushClaim,
		}),
	send,
	changes: (_, { error }) => [sql`last_error = ${error}`],
	async afterSettle(tx, { subscription_id }, { result, error, isGone, isCalled }) {
		const isThis = eq(push_subscriptions.id, subscription_id);
		const now = tx.app.clock();
		// Deletes its messages as well.
		if (isGone) await tx.db.delete(push_subscriptions).where(isThis);
		else if (result === 'sent') {
			const works = { last_used_at: now, failing_since: null, last_error: null };
			await tx.db.update(push_subscriptions).set(works).where(isThis);
		} else if (isCalled) {
			const failing_since = sql`coalesce(${push_subscriptions.failing_since}, ${now.toISOString()}::timestamptz)`;
			await tx.db
				.update(push_subscriptions)
				.set({ failing_since, last_error: error })
				.where(isThis);
		}
	},
};

/** Sends every due push message; returns the number of attempts. */
export const sendDuePushMessages = (ctx: Ctx, options: DrainOptions = {}): Promise<number> =>
	drainOutbox(ctx, outbox, options);

const TOTAL_MS = 15_000;
const READ_BYTES = 16 * 1024;
const MAX_TOPIC_LENGTH = 32;

const pushClaim = claim.extend({
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
/** A push message that only this process may send now. */
type PushClaim = z.infer<typeof pushClaim>;

interface PushAttempt extends Attempt {
	/** The push service says that the subscription has ended. */
	isGone?: boolean;
	/** The push service was called, so that the result says something about the device. */
	isCalled?: boolean;
}

/** Encrypts a message for its device and hands it to the device's push service; never throws. */
async function send(app: App, claim: PushClaim, signal: AbortSignal): Promise<PushAttempt> {
	if (!claim.is_active) return { result: 'failed', error: 'the user is disabled' };
	if (claim.expires_at <= app.clock()) return { result: 'failed', error: 'it is too late to send' };
	try {
		return await call(app, await encrypt(app, claim), signal);
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
async function encrypt({ secrets, config, clock }: App, claim: PushClaim) {
	const { endpoint, urgency, expires_at, vapid_public_key, sealed_vapid_private_key } = claim;
	if (vapid_public_key === null || sealed_vapid_private_key === null) {
		throw new Error('there is no key for push messages');
	}
	const keys = deviceInput.shape.keys.parse(JSON.parse(secrets.open(claim.sealed_keys)));
	// Loaded on demand: most processes start without sending anything.
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
			// The push service replaces an undelivered message of the same topic, such as one whose answer was lost.
			topic: createHash('sha256')
				.update(claim.payload.tag)
				.digest('base64url')
				.slice(0, MAX_TOPIC_LENGTH),
		},
	);
	if (!Buffer.isBuffer(body)) throw new Error('the message was not encrypted');
	const lines = Object.entries(headers).map(([name, value]) => [name, String(value)]);
	return { endpoint, headers: Object.fromEntries(lines) as Record<string, string>, body };
}

async function call(
	app: App,
	{ endpoint, headers, body }: Awaited<ReturnType<typeof encrypt>>,
	signal: AbortSignal,
): Promise<PushAttempt> {
	const response = await app.publicOutbound.request({
		url: endpoint,
		method: 'POST',
		headers,
		body,
		timeouts: { firstByte: TOTAL_MS, idle: TOTAL_MS, total: TOTAL_MS },
		maxBytes: READ_BYTES,
		signal,
	});
	const { status } = response;
	// Read to the end, so that the connection can be reused; the status has arrived already.
	const text = await response.text().catch(() => '');
	if (status >= 200 && status < 300) return { result: 'sent', error: null, isCalled: true };
	const isTransient = status === 408 || status === 429 || status >= 500;
	// Only logged: the endpoint is whatever a user's browser sent, and could be an internal service.
	app.log.warn({ status, answer: cleanText(text).slice(0, 500) }, 'a push message was refused');
	return {
		result: isTransient ? 'retry' : 'failed',
		error: `the push service answered with status ${status}`,
		isGone: status === 404 || status === 410,
		isCalled: true,
		retry_after_ms: readRetryAfter(response.headers.get('retry-after'), app.clock()),
	};
}
