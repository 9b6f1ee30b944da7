import { createHmac, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { cleanText } from '#lib/contract/text.ts';
import type { App } from '#lib/server/core/context.ts';
import { OutboundError, type OutboundResponse } from '#lib/server/core/outbound/index.ts';
import type { Attempt } from '#lib/server/core/outbox/outbox.ts';
import { readRetryAfter } from '#lib/server/core/retries.ts';
import type { DeliveryClaim } from './claims.ts';

const TOTAL_MS = 15_000;
/** The status has arrived already: the rest of the body may pause this long between two chunks. */
const IDLE_MS = 3_000;
/** Bodies are read up to here, so that the connection can be reused. */
const READ_BYTES = 64 * 1024;
const KEPT_BYTES = 2 * 1024;

/** What a call needs to know. */
type Call = Pick<
	DeliveryClaim,
	'webhook_id' | 'body' | 'url' | 'sealed_secret' | 'previous_sealed_secret' | 'auth_header'
> & { is_test?: boolean };

/** The result of one call. */
export interface DeliveryAttempt extends Attempt {
	duration_ms: number;
	http_status: number | null;
	response: string | null;
	/** The error that was thrown when there was no response. */
	cause?: unknown;
}

/** Calls an endpoint; never throws: every failure is a result. */
export async function send(app: App, call: Call, signal: AbortSignal): Promise<DeliveryAttempt> {
	const started = performance.now();
	const result = await request(app, call, signal).catch(describeFailure);
	return { ...result, duration_ms: Math.round(performance.now() - started) };
}

async function request(
	app: App,
	call: Call,
	signal: AbortSignal,
): Promise<Omit<DeliveryAttempt, 'duration_ms'>> {
	const at = app.clock();
	const response = await app.outbound.request({
		url: call.url,
		method: 'POST',
		headers: {
			'content-type': 'application/json; charset=utf-8',
			'user-agent': 'Frontdesk',
			...(call.is_test && { 'x-frontdesk-test': '1' }),
			...openHeader(app, call),
			...signatureHeaders(openSecrets(app, call), { ...call, at }),
		},
		body: call.body,
		timeouts: { firstByte: TOTAL_MS, idle: IDLE_MS, total: TOTAL_MS },
		// readBeginning stops by itself and keeps what it has.
		maxBytes: Number.POSITIVE_INFINITY,
		maxRedirects: 0,
		signal,
	});
	const { status, headers } = response;
	const isAccepted = status >= 200 && status < 300;
	const mayAsk = status === 429 || status === 503;
	return {
		result: isAccepted ? 'sent' : 'retry',
		http_status: status,
		response: await readBeginning(response),
		error: isAccepted ? null : `the endpoint answered with status ${status}`,
		retry_after_ms: mayAsk ? readRetryAfter(headers.get('retry-after'), at) : undefined,
	};
}

/** Returns the first 2 KB of the answer as storable text. The status has arrived: a broken body changes nothing. */
async function readBeginning({ body }: OutboundResponse): Promise<string> {
	const kept: Uint8Array[] = [];
	let read = 0;
	try {
		for await (const piece of body) {
			if (read < KEPT_BYTES) kept.push(piece.slice(0, KEPT_BYTES - read));
			read += piece.byteLength;
			if (read >= READ_BYTES) break;
		}
	} catch {
		// Whatever was read before the error is kept.
	}
	return cleanText(new TextDecoder().decode(Buffer.concat(kept)));
}

function openSecrets(app: App, call: Call): [string, string?] {
	const { sealed_secret, previous_sealed_secret: previous } = call;
	const { secrets } = app;
	try {
		return [secrets.open(sealed_secret), previous === null ? undefined : secrets.open(previous)];
	} catch (cause) {
		throw new Error(UNREADABLE, { cause });
	}
}

function openHeader(app: App, { auth_header: header }: Call): Record<string, string> {
	if (!header) return {};
	try {
		return { [header.name.toLowerCase()]: app.secrets.open(header.sealed_value) };
	} catch (cause) {
		throw new Error(UNREADABLE, { cause });
	}
}

const UNREADABLE =
	"the endpoint's secret cannot be read: SECRET_KEY is not the one it was sealed with";

function describeFailure(error: unknown): Omit<DeliveryAttempt, 'duration_ms'> {
	const message = error instanceof Error ? error.message : String(error);
	const outbound = error instanceof OutboundError ? error : undefined;
	return {
		result: outbound?.reason === 'aborted' ? 'released' : 'retry',
		http_status: outbound?.status ?? null,
		response: null,
		error: cleanText(message).slice(0, 1000),
		cause: error,
	};
}

/** The version of the body's format; incremented when receivers would have to change. */
export const PAYLOAD_VERSION = 1;

/**
 * Returns the headers that authenticate a delivery. `webhook-signature` follows Standard Webhooks: its key is the
 * decoded base64 of the secret, and during a rotation it contains a signature by each secret, the new one first.
 * `X-Frontdesk-Signature` covers the raw body only and uses the whole text `whsec_…` of the new secret as its key, because
 * n8n's Crypto node takes a key as text.
 */
export function signatureHeaders(
	secrets: [current: string, previous?: string],
	{ webhook_id, body, at }: { webhook_id: string; body: string; at: Date },
): Record<string, string> {
	const signatures = secrets
		.filter((secret) => secret !== undefined)
		.map((secret) => new Webhook(secret).sign(webhook_id, at, body));
	const plain = createHmac('sha256', secrets[0]).update(body, 'utf8').digest('hex');
	return {
		'webhook-id': webhook_id,
		'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
		'webhook-signature': signatures.join(' '),
		'x-frontdesk-signature': `sha256=${plain}`,
		'x-frontdesk-payload-version': String(PAYLOAD_VERSION),
	};
}

/** Returns a new `whsec_…` secret with 256 random bits. */
export const newWebhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/** Returns a new id that identifies a delivery to its receiver, the same for every attempt. */
export const newWebhookId = () => `msg_${randomBytes(18).toString('base64url')}`;
