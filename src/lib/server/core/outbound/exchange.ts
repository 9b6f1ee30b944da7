import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { createBlockedError, canConnect, removeBrackets } from './connect.ts';
import { OutboundError } from './outbound-error.ts';

/** One request of a call: the first one, or one that follows a redirect. */
export interface Hop {
	url: URL;
	method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	/** With lowercase names. */
	headers: Record<string, string>;
	body: string | Uint8Array | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Headers that are kept on a redirect to a different origin. All others may contain secrets. */
const PUBLIC_HEADERS = new Set(['accept', 'accept-encoding', 'content-type', 'user-agent']);

/** Parses an address. Throws `OutboundError` (`blocked`) if it must not be called, regardless of what it resolves to. */
export function parseTarget(address: string, allowPrivate: boolean, base?: URL): URL {
	const url = URL.parse(address, base);
	const createRefusal = (why: string) => new OutboundError('blocked', why, { isSent: false });
	if (!url) throw createRefusal('the address is not a URL');
	if (url.protocol !== 'http:' && url.protocol !== 'https:') {
		throw createRefusal('the address must begin with http:// or https://');
	}
	if (url.username !== '' || url.password !== '') {
		throw createRefusal('the address must not contain a user name or password: use a header');
	}
	const host = removeBrackets(url.hostname);
	if (isIP(host) !== 0 && !canConnect(host, allowPrivate)) throw createBlockedError(host);
	return url;
}

/** Returns the location of a redirect; null for any other response. */
export function getRedirectLocation(status: number, headers: Headers): string | null {
	return REDIRECTS.has(status) ? headers.get('location') : null;
}

/** Returns the request that follows a redirect. Throws `OutboundError` (`redirect`) if it must not be followed. */
export function createNextHop(
	hop: Hop,
	redirect: { status: number; location: string },
	rules: { canFollow: boolean; allowPrivate: boolean },
): Hop {
	const { status } = redirect;
	const url = parseTarget(redirect.location, rules.allowPrivate, hop.url);
	const createRefusal = (why: string) =>
		new OutboundError(
			'redirect',
			`${hop.url.host} responded with a redirect (${status}) to ${url.origin}${url.pathname}${why}`,
			{ status, location: url },
		);
	if (!rules.canFollow) throw createRefusal(': use that address');
	if (hop.url.protocol === 'https:' && url.protocol === 'http:')
		throw createRefusal(', without TLS');
	if (hop.method !== 'GET' && status < 307) throw createRefusal(', which would drop the body');
	return url.origin === hop.url.origin
		? { ...hop, url }
		: { ...hop, url, headers: removeSecrets(hop.headers) };
}

const removeSecrets = (headers: Record<string, string>) =>
	Object.fromEntries(Object.entries(headers).filter(([name]) => PUBLIC_HEADERS.has(name)));

export interface ResponseHead {
	status: number;
	headers: Headers;
}

/** One request on the wire. Turns undici's callbacks into a promise of the head and a stream of raw bytes. */
export class Exchange implements Dispatcher.DispatchHandler {
	readonly head = Promise.withResolvers<ResponseHead>();
	readonly raw: Readable;
	/** Whether any part of the request may have been sent. */
	isSent = false;
	#controller: Dispatcher.DispatchController | undefined;
	#failure: Error | undefined;

	constructor() {
		this.raw = new Readable({
			read: () => this.#controller?.resume(),
			destroy: (error, done) => {
				// Aborting has no effect on a complete response, whose socket is reused.
				this.#controller?.abort(error ?? new Error('not read to the end'));
				done(error);
			},
		});
		// Readers get the errors. Without these handlers, an error without a reader would crash the process.
		this.raw.on('error', () => {});
		this.head.promise.catch(() => {});
	}

	send(dispatcher: Dispatcher, { url, method, headers, body }: Hop): void {
		if (this.#failure) return;
		const path = url.pathname + url.search;
		dispatcher.dispatch({ origin: url.origin, path, method, headers, body }, this);
	}

	/** Ends the exchange immediately, in any state. */
	fail(error: Error): void {
		this.#failure ??= error;
		this.head.reject(error);
		this.raw.destroy(error);
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		if (this.#failure) controller.abort(this.#failure);
		else this.isSent = true;
	}

	onResponseStart(
		_: Dispatcher.DispatchController,
		status: number,
		fields: Record<string, string | string[] | undefined>,
	): void {
		if (status < 200) return;
		const headers = new Headers();
		for (const [name, values] of Object.entries(fields)) {
			for (const value of [values ?? []].flat()) headers.append(name, value);
		}
		this.head.resolve({ status, headers });
	}

	onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
		if (!this.raw.push(chunk)) controller.pause();
	}

	onResponseEnd(): void {
		this.raw.push(null);
	}

	onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
		this.fail(error);
	}
}

/** Timeouts in ms: until the first byte of the body, between two of its chunks, and for the whole call. */
export interface OutboundTimeouts {
	firstByte: number;
	idle: number;
	total: number;
}

/** Ends a call when one of its timeouts expires or its signal aborts. */
export class CallTimeouts {
	readonly #limits: OutboundTimeouts;
	readonly #signal: AbortSignal | undefined;
	readonly #totalTimer: NodeJS.Timeout;
	#waitTimer: NodeJS.Timeout;
	#exchange: Exchange | undefined;
	#failure: OutboundError | undefined;

	constructor({ timeouts, signal }: { timeouts: OutboundTimeouts; signal?: AbortSignal }) {
		this.#limits = timeouts;
		this.#signal = signal;
		const createTimeoutHandler = (ms: number, what: string) => () =>
			this.#fail('timeout', `${what} within ${ms / 1000} s`);
		this.#totalTimer = setTimeout(
			createTimeoutHandler(timeouts.total, 'the response was not complete'),
			timeouts.total,
		);
		this.#waitTimer = setTimeout(
			createTimeoutHandler(timeouts.firstByte, 'no response'),
			timeouts.firstByte,
		);
		signal?.addEventListener('abort', this.#onAbort);
		if (signal?.aborted) this.#onAbort();
	}

	/** Sets the exchange that a timeout or the signal ends, replacing the previous hop's. */
	guard(exchange: Exchange): void {
		this.#exchange = exchange;
		if (this.#failure) exchange.fail(this.#failure);
	}

	/** Stops the timeout that waits for the next chunk. */
	stopIdleTimeout(): void {
		clearTimeout(this.#waitTimer);
	}

	/** Starts the idle timeout for the next chunk. */
	startIdleTimeout(): void {
		const { idle } = this.#limits;
		clearTimeout(this.#waitTimer);
		this.#waitTimer = setTimeout(() => {
			this.#fail('timeout', `the response stalled: no more data within ${idle / 1000} s`);
		}, idle);
	}

	end(): void {
		clearTimeout(this.#waitTimer);
		clearTimeout(this.#totalTimer);
		this.#signal?.removeEventListener('abort', this.#onAbort);
	}

	readonly #onAbort = (): void => this.#fail('aborted', 'the call was canceled');

	#fail(reason: 'timeout' | 'aborted', message: string): void {
		this.end();
		const isSent = this.#exchange?.isSent ?? false;
		this.#failure = new OutboundError(reason, message, { isSent });
		this.#exchange?.fail(this.#failure);
	}
}
