import type { CallReport } from '#lib/contract/connector.ts';
import { cleanText } from '#lib/contract/text.ts';
import type { App } from '#lib/server/core/context.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';
import type {
	Outbound,
	OutboundRequest,
	OutboundResponse,
} from '#lib/server/core/outbound/index.ts';
import { type ConnectorError, type Outcome, type TurnTrace } from '../connectors/connector.ts';
import { classifyFailure } from './faults.ts';
import { getRemedy } from './remedies.ts';

/** The maximum number of response bytes shown in a report. */
const MAX_RAW_BYTES = 16 * 1024;
/** Shorter secrets aren't masked: they may be ordinary words in the answer. */
const MIN_MASKED_LENGTH = 4;

/** Records what one AI call sends and receives. */
export class CallRecorder {
	status: number | null = null;
	headers: Headers | null = null;
	/** The body of the request. */
	request: string | null = null;
	first_byte_ms: number | null = null;
	/** Whether the body was longer than `maxBytes` and was truncated. */
	is_cut = false;
	/** The length of the whole body, including the truncated part. */
	byte_length = 0;
	readonly #maxBytes: number;
	readonly #started = performance.now();
	readonly #chunks: Uint8Array[] = [];
	#size = 0;

	constructor(maxBytes = MAX_RAW_BYTES) {
		this.#maxBytes = maxBytes;
	}

	/** Wraps an `Outbound` so that its requests and responses are recorded. */
	wrap(outbound: Outbound): Outbound {
		return {
			...outbound,
			request: async (request: OutboundRequest) => {
				this.request = typeof request.body === 'string' ? request.body : null;
				const response = await outbound.request(request);
				this.status = response.status;
				this.headers = response.headers;
				return this.#recordBody(response);
			},
		};
	}

	/** The beginning of the response as displayable text; null without a response. */
	get raw(): string | null {
		if (this.status === null) return null;
		return cleanText(new TextDecoder().decode(Buffer.concat(this.#chunks)));
	}

	get elapsed_ms(): number {
		return Math.round(performance.now() - this.#started);
	}

	#recordBody(response: OutboundResponse): OutboundResponse {
		const record = (chunk: Uint8Array) => this.#record(chunk);
		async function* readBody() {
			for await (const chunk of response.body) {
				record(chunk);
				yield chunk;
			}
		}
		// `text()` isn't recorded, because connectors read `body`.
		return { ...response, body: readBody() };
	}

	#record(chunk: Uint8Array): void {
		this.first_byte_ms ??= this.elapsed_ms;
		this.byte_length += chunk.byteLength;
		const room = this.#maxBytes - this.#size;
		if (room > 0) this.#chunks.push(chunk.slice(0, room));
		this.#size += Math.min(chunk.byteLength, Math.max(0, room));
		if (chunk.byteLength > room) this.is_cut = true;
	}
}

/** A recorded AI call with the settings it used. */
interface RecordedCall {
	settings: ConnectorSettings;
	recorder: CallRecorder;
	trace: TurnTrace;
	/** Whether the URL belongs to a Chat Trigger but lacks the trailing `/chat`. */
	lacks_chat_path?: boolean;
}

/** Returns the report of a successful call, with the site's secret masked. */
export const reportAnswer = (app: App, outcome: Outcome, call: RecordedCall): CallReport =>
	maskSecret(app, call.settings, {
		...describeExchange(call),
		is_ok: true,
		fault: null,
		title: 'The AI answered',
		remedy: null,
		detail: null,
		reply: cleanText(outcome.text),
		completed: outcome.completed ?? false,
		lead: outcome.lead ?? {},
		quick_replies: outcome.quick_replies ?? [],
		asked: outcome.asked ?? null,
		handoff: outcome.handoff ?? null,
		version: outcome.version ?? null,
		unanswered: outcome.unanswered ?? null,
		booking_url: outcome.booking_url ?? null,
		notes: outcome.notes ?? [],
	});

/** Returns the report of a failed call, with its fault and remedy, and with the site's secret masked. */
export function reportFailure(app: App, error: ConnectorError, call: RecordedCall): CallReport {
	const { settings, recorder } = call;
	const url = 'url' in settings ? settings.url : '';
	const { status, headers, raw } = recorder;
	const fault = call.lacks_chat_path
		? 'chat_path_missing'
		: classifyFailure({ error, url, status, headers, raw: raw ?? '' });
	const [title, remedy] = getRemedy(fault, settings.type);
	return maskSecret(app, settings, {
		...describeExchange(call),
		is_ok: false,
		fault,
		title,
		remedy,
		detail: cleanText(error.message),
		refusal: error.refusal === undefined ? null : cleanText(error.refusal),
		reply: cleanText(error.partial) || null,
		completed: false,
		lead: {},
		quick_replies: [],
	});
}

const describeExchange = ({ recorder, trace }: RecordedCall) => ({
	http_status: trace.http_status ?? recorder.status,
	content_type: recorder.headers?.get('content-type') ?? null,
	first_byte_ms: recorder.first_byte_ms,
	total_ms: recorder.elapsed_ms,
	shape: trace.shape ?? null,
	execution_id: trace.execution_id ?? null,
	raw: recorder.raw,
	is_raw_cut: recorder.is_cut,
	request: recorder.request,
});

/** Masks the site's secret everywhere in the report, because a workflow may echo the headers it received. */
function maskSecret(app: App, settings: ConnectorSettings, report: CallReport): CallReport {
	const secret = getSecret(app, settings);
	if (secret.length < MIN_MASKED_LENGTH) return report;
	// Frontdesk's own texts stay as they are, even if they happen to contain the secret.
	const { fault, title, remedy, ...received } = report;
	const masked = Object.entries(received).map(([key, value]) => [key, mask(value, secret)]);
	return { ...(Object.fromEntries(masked) as typeof received), fault, title, remedy };
}

/** Returns the secret that calls with these settings send; an empty string if there is none. */
function getSecret({ secrets }: App, settings: ConnectorSettings): string {
	const sealedSecret =
		settings.type === 'n8n'
			? settings.auth_header?.sealed_value
			: settings.type === 'openai' && settings.sealed_api_key;
	return sealedSecret ? secrets.open(sealedSecret) : '';
}

/** Masks the site's secret in a body, including its JSON-escaped form and a partial secret at the end of a truncated body. */
export function maskSecretInBody(
	app: App,
	settings: ConnectorSettings,
	text: string,
	isCut: boolean,
): string {
	const secret = getSecret(app, settings);
	if (secret.length < MIN_MASKED_LENGTH) return text;
	const escaped = JSON.stringify(secret).slice(1, -1);
	const masked = [secret, escaped].reduce((rest, form) => rest.replaceAll(form, MASK), text);
	if (!isCut) return masked;
	for (let length = secret.length - 1; length >= MIN_MASKED_LENGTH; length -= 1) {
		if (masked.endsWith(secret.slice(0, length))) return masked.slice(0, -length) + MASK;
	}
	return masked;
}

const MASK = '••••••';

/** Replaces the secret in every string of a JSON value, keys included. */
function mask(value: unknown, secret: string): unknown {
	if (typeof value === 'string') return value.replaceAll(secret, MASK);
	if (Array.isArray(value)) return value.map((item) => mask(item, secret));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, item]) => [String(mask(key, secret)), mask(item, secret)]),
	);
}
