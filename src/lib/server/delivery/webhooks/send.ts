import { createHmac, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { cleanText } from '#lib/contract/text.ts';
import type { App } from '#lib/server/core/context.ts';
import { OutboundError, type OutboundResponse } from '#lib/server/core/outbound/index.ts';
import type { AttemptResult } from '#lib/server/core/outbox/outbox.ts';
import { parseRetryAfter } from '#lib/server/core/retries.ts';
import type { DeliveryClaim } from './claims.ts';

const TIMEOUT_MS = 15_000;
/** The maximum pause between two chunks of the body, in ms. Short, because the status has already arrived. */
const IDLE_MS = 3_000;
/** The maximum number of bytes read from a body, so that the connection can be reused. */
const MAX_READ_BYTES = 64 * 1024;
const MAX_STORED_BYTES = 2 * 1024;

/** The data needed for a call. */
type DeliveryCall = Pick<
	DeliveryClaim,
	'webhook_id' | 'body' | 'url' | 'sealed_secret' | 'previous_sealed_secret' | 'auth_header'
> & { is_test?: boolean };

/** The result of one call. */
export interface DeliveryAttempt extends AttemptResult {
	duration_ms: number;
	http_status: number | null;
	response: string | null;
	/** The error, if there was no response. */
	cause?: unknown;
}

/** Calls an endpoint. Never throws; failures are returned as results. */
export async function send(
	app: App,
	call: DeliveryCall,
	signal: AbortSignal,
): Promise<DeliveryAttempt> {
	const started = performance.now();
	const result = await sendRequest(app, call, signal).catch(toFailedAttempt);
	return { ...result, duration_ms: Math.round(performance.now() - started) };
}

async function sendRequest(
	app: App,
	call: DeliveryCall,
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
			...createSignatureHeaders(openSecrets(app, call), { ...call, at }),
		},
		body: call.body,
		timeouts: { firstByte: TIMEOUT_MS, idle: IDLE_MS, total: TIMEOUT_MS },
		// Unlimited here, because `readBeginning` enforces its own limit.
		maxBytes: Number.POSITIVE_INFINITY,
		maxRedirects: 0,
		signal,
	});
	const { status, headers } = response;
	const isAccepted = status >= 200 && status < 300;
	const canRequestPause = status === 429 || status === 503;
	return {
		result: isAccepted ? 'sent' : 'retry',
		http_status: status,
		response: await readBeginning(response),
		error: isAccepted ? null : `the webhook responded with status ${status}`,
		retry_after_ms: canRequestPause ? parseRetryAfter(headers.get('retry-after'), at) : undefined,
	};
}

/** Returns the first 2 KB of the response as storable text. Ignores errors, because the status has already arrived. */
async function readBeginning({ body }: OutboundResponse): Promise<string> {
	const chunks: Uint8Array[] = [];
	let bytesRead = 0;
	try {
		for await (const chunk of body) {
			if (bytesRead < MAX_STORED_BYTES) chunks.push(chunk.slice(0, MAX_STORED_BYTES - bytesRead));
			bytesRead += chunk.byteLength;
			if (bytesRead >= MAX_READ_BYTES) break;
		}
	} catch {
		// Keeps the bytes that were read before the error.
	}
	return cleanText(new TextDecoder().decode(Buffer.concat(chunks)));
}

function openSecrets(app: App, call: DeliveryCall): [string, string?] {
	const { sealed_secret, previous_sealed_secret: previous } = call;
	const { secrets } = app;
	try {
		return [secrets.open(sealed_secret), previous === null ? undefined : secrets.open(previous)];
	} catch (cause) {
		throw new Error(UNREADABLE_SECRET, { cause });
	}
}

function openHeader(app: App, { auth_header: header }: DeliveryCall): Record<string, string> {
	if (!header) return {};
	try {
		return { [header.name.toLowerCase()]: app.secrets.open(header.sealed_value) };
	} catch (cause) {
		throw new Error(UNREADABLE_SECRET, { cause });
	}
}

const UNREADABLE_SECRET =
	"the webhook's secret cannot be read: SECRET_KEY is not the one it was sealed with";

function toFailedAttempt(error: unknown): Omit<DeliveryAttempt, 'duration_ms'> {
	const message = error instanceof Error ? error.message : String(error);
	const outbound = error instanceof OutboundError ? error : undefined;
	if (outbound?.location && isScriptOutput(outbound.location)) {
		return { result: 'sent', http_status: outbound.status ?? null, response: null, error: null };
	}
	return {
		result: outbound?.reason === 'aborted' ? 'released' : 'retry',
		http_status: outbound?.status ?? null,
		response: null,
		error: cleanText(message).slice(0, 1000),
		cause: error,
	};
}

/**
 * Returns whether a redirect leads to the output of a Google Apps Script, which has already processed the delivery. A retry would
 * add it to the sheet again.
 */
const isScriptOutput = ({ pathname, searchParams }: URL) =>
	pathname === '/macros/echo' && searchParams.has('user_content_key');

/** The version of the body's format, incremented for breaking changes. */
export const PAYLOAD_VERSION = 1;

/**
 * Returns the headers that authenticate a delivery. `webhook-signature` follows Standard Webhooks: its key is the
 * base64-decoded secret, and during a rotation it contains one signature per secret, the new one first.
 * `X-Frontdesk-Signature` covers only the raw body and uses the whole text `whsec_…` of the new secret as its key, because
 * n8n's Crypto node accepts only text keys.
 */
export function createSignatureHeaders(
	secrets: [current: string, previous?: string],
	{ webhook_id, body, at }: { webhook_id: string; body: string; at: Date },
): Record<string, string> {
	const signatures = secrets
		.filter((secret) => secret !== undefined)
		.map((secret) => new Webhook(secret).sign(webhook_id, at, body));
	const bodySignature = createHmac('sha256', secrets[0]).update(body, 'utf8').digest('hex');
	return {
		'webhook-id': webhook_id,
		'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
		'webhook-signature': signatures.join(' '),
		'x-frontdesk-signature': `sha256=${bodySignature}`,
		'x-frontdesk-payload-version': String(PAYLOAD_VERSION),
	};
}

/** Creates a `whsec_…` secret with 256 random bits. */
export const createWebhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/** Creates the id that identifies a delivery to its receiver. It is the same for every attempt. */
export const createWebhookId = () => `msg_${randomBytes(18).toString('base64url')}`;
