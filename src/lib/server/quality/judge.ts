import { z } from 'zod';
import type { Sender } from '#lib/contract/common.ts';
import { cleanText, truncateText } from '#lib/contract/text.ts';
import type { App } from '#lib/server/core/context.ts';
import type { OutboundResponse } from '#lib/server/core/outbound/index.ts';
import { parseRetryAfter } from '#lib/server/core/retries.ts';

const TIMEOUTS_MS = { firstByte: 30_000, idle: 10_000, total: 40_000 };
const MAX_RESPONSE_BYTES = 64 * 1024;
const MAX_REASON_LENGTH = 1_000;

/** A chat for a judge to assess. */
interface JudgeRequest {
	url: string;
	transcript: { sender: Sender; message: string }[];
	/** The reply that the AI should have given, if a person has written one. */
	expected: string | null;
	/** Identifies the chat to the judge, such as by its test case and site. */
	case?: Record<string, unknown>;
	signal?: AbortSignal;
}

export interface Judgment {
	pass: boolean;
	reason: string;
}

/** Thrown if the judge can't be reached or its answer is invalid. */
export class JudgeError extends Error {
	override name = 'JudgeError';
	/** The judge's `Retry-After`. */
	readonly retryAfterMs: number | undefined;

	constructor(
		message: string,
		options: { cause?: unknown; retryAfterMs?: number | undefined } = {},
	) {
		super(message, { cause: options.cause });
		this.retryAfterMs = options.retryAfterMs;
	}
}

const answerSchema = z.object({
	pass: z.boolean(),
	reason: z.string().nullish(),
});

/**
 * Asks a judge's webhook whether a chat is good. Posts `{ transcript, expected, case }` and expects `{ pass, reason }`. Throws
 * `JudgeError`.
 */
export async function askJudge(app: App, request: JudgeRequest): Promise<Judgment> {
	const { url, signal, transcript, expected } = request;
	const body = { transcript, expected, ...(request.case && { case: request.case }) };
	const headers = { 'x-frontdesk-test': '1' };
	const parsed = answerSchema.safeParse(await callJudge(app, { url, headers, body, signal }));
	if (!parsed.success) {
		throw new JudgeError('The judge did not answer with { "pass": true or false, "reason": "…" }.');
	}
	const { pass, reason } = parsed.data;
	return { pass, reason: truncateText(cleanText(reason ?? ''), MAX_REASON_LENGTH) };
}

/**
 * Posts a chat to a judge and returns its parsed answer, or the first item if it is an array, as n8n's answers are; undefined
 * if it isn't JSON. Throws `JudgeError`.
 */
export async function callJudge(
	app: App,
	call: {
		url: string;
		headers?: Record<string, string>;
		body: object;
		signal?: AbortSignal | undefined;
	},
): Promise<unknown> {
	let response: OutboundResponse;
	let text: string;
	try {
		response = await app.outbound.request({
			url: call.url,
			method: 'POST',
			headers: {
				'content-type': 'application/json',
				accept: 'application/json',
				'user-agent': 'Frontdesk/1.0 (judge)',
				...call.headers,
			},
			body: JSON.stringify(call.body),
			timeouts: TIMEOUTS_MS,
			maxBytes: MAX_RESPONSE_BYTES,
			maxRedirects: 0,
			...(call.signal && { signal: call.signal }),
		});
		text = await response.text();
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new JudgeError(`The judge could not be reached: ${cleanText(reason)}`, { cause });
	}
	const { status, headers } = response;
	if (status >= 200 && status <= 299) return parseAnswer(text);
	throw new JudgeError(`The judge responded with status ${status}.`, {
		retryAfterMs: parseRetryAfter(headers.get('retry-after'), app.clock()),
	});
}

function parseAnswer(text: string): unknown {
	try {
		const value: unknown = JSON.parse(text);
		return Array.isArray(value) ? value[0] : value;
	} catch {
		return undefined;
	}
}
