import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A received request with its raw body. */
export interface RecordedRequest {
	method: string;
	path: string;
	headers: IncomingHttpHeaders;
	body: Buffer;
	received_at: Date;
	/** Parses the body as JSON. Throws when it isn't. */
	json(): unknown;
}

/** A request, and everything needed to answer it. */
export interface Exchange {
	request: RecordedRequest;
	response: ServerResponse;
	/** Options such as `delay` or `text`, from the query string or the visitor's message. */
	options: URLSearchParams;
	/** Aborts when the caller disconnects or the stand-in closes. */
	signal: AbortSignal;
	/** Waits. Rejects when the caller disconnects. */
	pause: (ms: number) => Promise<void>;
}

export type Handler = (exchange: Exchange) => void | Promise<void>;

/** One external service that the stand-in replaces, for example everything below `/n8n`. */
export interface Service {
	/** Handles a request. `rest` is the path after the service's own segment. */
	handle(exchange: Exchange, rest: string): void | Promise<void>;
}

export const createPause = (signal: AbortSignal) => async (ms: number) => {
	await sleep(ms, undefined, { signal });
};

/** Returns a numeric option, or the fallback. */
export function readNumberOption(options: URLSearchParams, name: string, fallback: number): number {
	const value = Number(options.get(name) ?? Number.NaN);
	return Number.isFinite(value) ? value : fallback;
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

/** Never answers. The exchange ends when the caller disconnects. */
export function hang(): void {
	// Intentionally empty.
}

/** Ends the connection with a TCP reset. */
export function reset(response: ServerResponse): void {
	response.socket?.resetAndDestroy();
}
