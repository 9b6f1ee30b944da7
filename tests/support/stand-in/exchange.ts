import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** One request as it came, body byte for byte. */
export interface RecordedRequest {
	method: string;
	path: string;
	headers: IncomingHttpHeaders;
	/** The raw body. */
	body: Buffer;
	received_at: Date;
	/** The body as JSON; throws when it is none. */
	json(): unknown;
}

/** A request and the means to answer it. */
export interface Exchange {
	request: RecordedRequest;
	response: ServerResponse;
	/** The query string, or what a message asked for: `delay`, `text`, … */
	options: URLSearchParams;
	/** Aborted when the caller has gone or the stand-in closes. */
	signal: AbortSignal;
	/** Waits; rejects when the caller has gone. */
	pause: (ms: number) => Promise<void>;
}

export type Handler = (exchange: Exchange) => void | Promise<void>;

/** One group of addresses of the stand-in, for example everything below `/n8n`. */
export interface Part {
	/** What comes after the part's own path segment. */
	handle(exchange: Exchange, rest: string): void | Promise<void>;
}

export const pauseUntil = (signal: AbortSignal) => async (ms: number) => {
	await sleep(ms, undefined, { signal });
};

/** A number among the options, or what is given when there is none. */
export function numberOption(options: URLSearchParams, name: string, otherwise: number): number {
	const value = Number(options.get(name) ?? Number.NaN);
	return Number.isFinite(value) ? value : otherwise;
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
	send(response, status, 'application/json; charset=utf-8', JSON.stringify(value));
}

export function send(
	response: ServerResponse,
	status: number,
	contentType: string,
	body: string | Uint8Array,
): void {
	response.writeHead(status, {
		'content-type': contentType,
		'content-length': Buffer.byteLength(body),
	});
	response.end(body);
}

/** Never answers; the exchange ends when the caller goes. */
export function hang(): void {
	// Nothing is written on purpose.
}

/** Cuts the connection with a TCP reset. */
export function reset(response: ServerResponse): void {
	response.socket?.resetAndDestroy();
}
