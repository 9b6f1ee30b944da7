import { setTimeout as pause } from 'node:timers/promises';
import {
	type Outbound,
	OutboundError,
	type OutboundResponse,
	type OutboundTimeouts,
} from '#lib/server/core/outbound/index.ts';
import { tryParseJson } from '#lib/server/core/parse.ts';
import { parseRetryAfter } from '#lib/server/core/retries.ts';
import type { TurnOutcome, TurnTrace } from '../connector.ts';
import { createStatusError, readRefusal } from '../failures.ts';
import { findFailureReason } from '../reply/reported-failure.ts';
import { isObject } from '../reply/side-fields.ts';

export interface CompletionCall {
	url: string;
	api_key: string | null;
	body: object;
	limits: OutboundTimeouts;
	/** The deadline of the whole turn, as a `performance.now()` time. */
	deadline: number;
	signal: AbortSignal;
}

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_RETRIES = 2;
const MAX_RETRY_DELAY_MS = 8_000;
/** The delay before a request that was never sent is retried. */
const UNSENT_RETRY_DELAY_MS = 250;
/** Statuses of a busy or restarting server: it has not answered, so a retry can't produce a second answer. */
const RETRYABLE_STATUSES = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);

/** Posts to the API. Retries while the server is busy, after the delay that the server requests. Throws ConnectorError for a refusal. */
export async function postCompletion(
	outbound: Outbound,
	call: CompletionCall,
	trace: TurnTrace,
): Promise<OutboundResponse> {
	for (;;) {
		const response = await sendRequest(outbound, call, trace);
		if (response) {
			trace.http_status = response.status;
			if (response.status >= 200 && response.status < 300) return response;
			const reason = readReason(await readRefusal(response));
			const delay = getRetryDelay(response, trace.retries);
			const canWait = performance.now() + delay < call.deadline && delay <= MAX_RETRY_DELAY_MS;
			if (!RETRYABLE_STATUSES.has(response.status) || trace.retries >= MAX_RETRIES || !canWait) {
				throw createStatusError(
					'The API',
					{ status: response.status, reason },
					REFUSALS[response.status],
				);
			}
			await pause(delay, undefined, { signal: call.signal });
		} else {
			await pause(UNSENT_RETRY_DELAY_MS, undefined, { signal: call.signal });
		}
		trace.retries++;
	}
}

/** Sends one request; returns `undefined` if it was never sent and may be retried. */
async function sendRequest(
	outbound: Outbound,
	{ url, api_key, body, limits, deadline, signal }: CompletionCall,
	trace: TurnTrace,
): Promise<OutboundResponse | undefined> {
	try {
		return await outbound.request({
			url,
			method: 'POST',
			headers: {
				'content-type': 'application/json',
				accept: 'text/event-stream, application/json;q=0.9',
				...(api_key !== null && { authorization: `Bearer ${api_key}` }),
			},
			body: JSON.stringify(body),
			timeouts: { ...limits, total: Math.max(1, deadline - performance.now()) },
			maxBytes: MAX_BYTES,
			signal,
		});
	} catch (error) {
		const wasNeverSent =
			error instanceof OutboundError && error.reason === 'unreachable' && !error.isSent;
		if (wasNeverSent && trace.retries === 0) return undefined;
		throw error;
	}
}

/** Returns the server's `retry-after-ms` or `retry-after`, or an exponential backoff, in milliseconds. */
function getRetryDelay({ headers }: OutboundResponse, retries: number): number {
	const ms = /^\d{1,9}(?:\.\d+)?$/.exec(headers.get('retry-after-ms') ?? '')?.[0];
	const requestedMs =
		ms === undefined ? parseRetryAfter(headers.get('retry-after'), new Date()) : Number(ms);
	return requestedMs === undefined ? 500 * 2 ** retries : Math.max(requestedMs, 100);
}

const REFUSALS: Partial<Record<number, [TurnOutcome, string]>> = {
	401: ['unauthorized', "The API rejected the key: set it again in the site's settings."],
	403: ['unauthorized', 'The API does not allow this key to use this model.'],
	404: [
		'not_registered',
		'The API does not know this address or model: check the base URL (it often ends with /v1) and the model name.',
	],
	429: ['bad_status', 'The API limits the rate of calls, or the account has no credit left.'],
};

/** Returns the reason that a refusal's body gives: the API's error message, or the beginning of a text; empty for an HTML page. */
function readReason(text: string): string {
	const [body] = [tryParseJson(text)].flat();
	const reason = isObject(body) ? findFailureReason({ error: body.error ?? body, ...body }) : text;
	const isPage = /^\s*</.test(text);
	return isPage ? '' : (reason ?? '').slice(0, 300).replace(/\s+/g, ' ').trim();
}
