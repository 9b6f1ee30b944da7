import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import {
	type Outbound,
	OutboundError,
	type OutboundResponse,
} from '#lib/server/core/outbound/index.ts';
import { ConnectorError, type TurnOutcome, type TurnTrace } from '../connector.ts';

export interface Call {
	url: string;
	api_key: string | null;
	body: object;
	limits: { firstByte: number; idle: number; total: number };
	/** When the whole turn must be over, on `performance.now()`'s clock. */
	deadline: number;
	signal: AbortSignal;
}

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_RETRIES = 2;
const LONGEST_PAUSE_MS = 8_000;
/** The server is busy or restarting: nothing was answered, so nothing is done twice. */
const BUSY = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);

/** Posts to the API; a busy server is asked again, as late as it says. Throws ConnectorError for every refusal. */
export async function postCompletion(
	outbound: Outbound,
	call: Call,
	trace: TurnTrace,
): Promise<OutboundResponse> {
	for (;;) {
		const response = await attempt(outbound, call, trace);
		if (response) {
			trace.http_status = response.status;
			if (response.status >= 200 && response.status < 300) return response;
			const said = sayingOf(await startOf(response));
			const wait = retryAfter(response, trace.retries);
			const mayWait = performance.now() + wait < call.deadline && wait <= LONGEST_PAUSE_MS;
			if (!BUSY.has(response.status) || trace.retries >= MAX_RETRIES || !mayWait) {
				throw refusal(response.status, said);
			}
			await pause(wait, undefined, { signal: call.signal });
		} else {
			await pause(250, undefined, { signal: call.signal });
		}
		trace.retries++;
	}
}

/** Undefined when the request never left and may be sent again. */
async function attempt(
	outbound: Outbound,
	{ url, api_key, body, limits, deadline, signal }: Call,
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
		const neverLeft =
			error instanceof OutboundError && error.reason === 'unreachable' && !error.isSent;
		if (neverLeft && trace.retries === 0) return undefined;
		throw error;
	}
}

function retryAfter({ headers }: OutboundResponse, retries: number): number {
	const seconds = Number(headers.get('retry-after') ?? Number.NaN);
	const otherwise = 500 * 2 ** retries;
	return Number.isFinite(seconds) && seconds >= 0 ? Math.max(seconds * 1000, 100) : otherwise;
}

const REFUSALS: Partial<Record<number, [TurnOutcome, string]>> = {
	401: ['unauthorized', "The API did not accept the key: set it anew in the site's settings."],
	403: ['unauthorized', 'The API does not allow this key to use this model.'],
	404: [
		'not_registered',
		'The API has no such address or model: check the base URL (often it ends with /v1) and the name of the model.',
	],
	429: ['bad_status', 'The API gets more calls than the account allows, or its credit is used up.'],
};

function refusal(status: number, said: string): ConnectorError {
	const [outcome, remedy] = REFUSALS[status] ?? ['bad_status', 'The API refused the call.'];
	const quote = said === '' ? '' : ` It said: "${said}"`;
	return new ConnectorError(outcome, `${remedy} (Status ${status}.${quote})`);
}

const problem = z.object({
	error: z.union([z.string(), z.object({ message: z.string() }).transform((e) => e.message)]),
});

function sayingOf(text: string): string {
	try {
		const told = problem.safeParse(JSON.parse(text));
		return told.success ? told.data.error.slice(0, 300).replace(/\s+/g, ' ').trim() : '';
	} catch {
		return /^\s*</.test(text) ? '' : text.slice(0, 200).replace(/\s+/g, ' ').trim();
	}
}

async function startOf({ body }: OutboundResponse): Promise<string> {
	const decoder = new TextDecoder();
	let text = '';
	try {
		for await (const piece of body) {
			text += decoder.decode(piece, { stream: true });
			if (text.length > 16 * 1024) break;
		}
	} catch (error) {
		// The status alone says enough; only giving up is something else.
		if (error instanceof OutboundError && error.reason === 'aborted') throw error;
	}
	return text;
}
