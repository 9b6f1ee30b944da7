import { cleanText } from '#lib/contract/text.ts';
import type { App } from '#lib/server/core/context.ts';
import { OutboundError, type OutboundResponse } from '#lib/server/core/outbound/index.ts';
import type { Claim } from './claim.ts';
import { readRetryAfter } from '#lib/server/core/retry-after.ts';
import { signatureHeaders } from './signature.ts';

const TOTAL_MS = 15_000;
/** A status has come already: what is still to be said about it may take this long between two pieces. */
const IDLE_MS = 3_000;
/** Read on up to here, so that the connection can be used again. */
const READ_BYTES = 64 * 1024;
const KEPT_BYTES = 2 * 1024;

/** What a call needs to know. */
type Call = Pick<
	Claim,
	'webhook_id' | 'body' | 'url' | 'sealed_secret' | 'previous_sealed_secret' | 'auth_header'
>;

/** What came of one call. */
export interface Attempt {
	duration_ms: number;
	http_status: number | null;
	response: string | null;
	/** null: it was taken. */
	error: string | null;
	/** The pause that the endpoint asks for. */
	retry_after_ms?: number;
	/** The call was broken off because this process stops. */
	is_cut_off?: boolean;
	/** What was thrown when no answer came. */
	cause?: unknown;
}

/** Makes the one call of a claim; never throws: whatever goes wrong is what came of it. */
export async function send(app: App, claim: Call, signal: AbortSignal): Promise<Attempt> {
	const started = performance.now();
	const result = await call(app, claim, signal).catch(describeFailure);
	return { ...result, duration_ms: Math.round(performance.now() - started) };
}

async function call(
	app: App,
	claim: Call,
	signal: AbortSignal,
): Promise<Omit<Attempt, 'duration_ms'>> {
	const at = app.clock();
	const response = await app.outbound.request({
		url: claim.url,
		method: 'POST',
		headers: {
			'content-type': 'application/json; charset=utf-8',
			'user-agent': 'Frontdesk',
			...openHeader(app, claim),
			...signatureHeaders(openSecrets(app, claim), { ...claim, at }),
		},
		body: claim.body,
		timeouts: { firstByte: TOTAL_MS, idle: IDLE_MS, total: TOTAL_MS },
		// readBeginning stops by itself, and keeps what it has.
		maxBytes: Number.POSITIVE_INFINITY,
		maxRedirects: 0,
		signal,
	});
	const { status, headers } = response;
	const mayAsk = status === 429 || status === 503;
	return {
		http_status: status,
		response: await readBeginning(response),
		error: status >= 200 && status < 300 ? null : `the endpoint answered with status ${status}`,
		retry_after_ms: mayAsk ? readRetryAfter(headers.get('retry-after'), at) : undefined,
	};
}

/** The first 2 KB of the answer, as text that can be stored. The status has come: a body that fails changes nothing. */
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
		// What was read so far is kept.
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
	"the endpoint's secret cannot be read: SECRET_KEY is not the one it was kept with";

function describeFailure(error: unknown): Omit<Attempt, 'duration_ms'> {
	const message = error instanceof Error ? error.message : String(error);
	const outbound = error instanceof OutboundError ? error : undefined;
	return {
		http_status: outbound?.status ?? null,
		response: null,
		error: cleanText(message).slice(0, 1000),
		is_cut_off: outbound?.reason === 'aborted',
		cause: error,
	};
}
