import { Agent, type Dispatcher } from 'undici';
import { createConnector, type Resolve, systemResolve } from './connect.ts';
import {
	Exchange,
	type ResponseHead,
	type Hop,
	createNextHop,
	type OutboundTimeouts,
	parseTarget,
	getRedirectLocation,
	CallTimeouts,
} from './exchange.ts';
import { toOutboundError, OutboundError } from './outbound-error.ts';
import { ACCEPT_ENCODING, decodeBody } from './decode-body.ts';
import { WarmConnections } from './warm-connections.ts';

/** One guarded call to an address that a person entered. */
export interface OutboundRequest {
	url: string;
	method: Hop['method'];
	headers?: Record<string, string>;
	body?: string | Uint8Array;
	timeouts: OutboundTimeouts;
	/** The maximum size of the decompressed body. */
	maxBytes: number;
	/** The number of redirects to follow; each target is checked like the first. 0 by default, so that a redirect is an error. */
	maxRedirects?: number;
	signal?: AbortSignal;
}

export interface OutboundResponse {
	/** The final address, after redirects. */
	url: URL;
	status: number;
	headers: Headers;
	/** The body's chunks as they arrive, within the limits. Throws `OutboundError`. Iterate it to its end or break out of the loop. */
	body: AsyncIterable<Uint8Array>;
	/** Reads the whole body as UTF-8 text, within the limits. */
	text(): Promise<string>;
}

export interface Outbound {
	/** Sends a request, at most once. Resolves for any status. Throws `OutboundError`, also while the body is read. */
	request(request: OutboundRequest): Promise<OutboundResponse>;
	/** Opens a connection to the server of a URL that is likely to be called within seconds. Ignores failures, which the call will report. */
	preconnect(url: string): void;
	/** Closes all connections; calls in progress fail with `aborted`. */
	close(): Promise<void>;
}

interface OutboundOptions {
	allowPrivate: boolean;
	/** Resolves host names; uses the system's resolver by default. */
	resolve?: Resolve;
}

/** Creates the client for calls to addresses that people enter. `connect.ts` lists what it blocks. */
export function createOutbound({ allowPrivate, resolve }: OutboundOptions): Outbound {
	const connections = new WarmConnections(createConnector(allowPrivate, resolve ?? systemResolve));
	const agent = new Agent({
		connect: connections.connect,
		// Shorter than servers keep idle connections (n8n: 5 s), so that no call uses one that is being closed.
		keepAliveTimeout: 1500,
		keepAliveMaxTimeout: 4000,
		// Each call has its own timeouts: see `CallTimeouts`.
		headersTimeout: 0,
		bodyTimeout: 0,
	});
	return {
		request: (request) => call(agent, allowPrivate, request),
		preconnect(url) {
			try {
				connections.open(parseTarget(url, allowPrivate));
			} catch (error) {
				if (!(error instanceof OutboundError)) throw error;
			}
		},
		close() {
			connections.closeAll();
			return agent.destroy();
		},
	};
}

async function call(
	dispatcher: Dispatcher,
	allowPrivate: boolean,
	request: OutboundRequest,
): Promise<OutboundResponse> {
	let hop = createFirstHop(request, allowPrivate);
	const timeouts = new CallTimeouts(request);
	let exchange: Exchange | undefined;
	try {
		for (let redirects = 0; ; redirects++) {
			exchange = new Exchange();
			timeouts.guard(exchange);
			exchange.send(dispatcher, hop);
			const head = await exchange.head.promise;
			const location = getRedirectLocation(head.status, head.headers);
			if (location === null) return createResponse(exchange, head, timeouts, request, hop.url);
			exchange.raw.destroy();
			const canFollow = redirects < (request.maxRedirects ?? 0);
			hop = createNextHop(hop, { status: head.status, location }, { canFollow, allowPrivate });
		}
	} catch (error) {
		timeouts.end();
		throw toOutboundError(error, hop.url.host, exchange?.isSent ?? false);
	}
}

function createFirstHop(request: OutboundRequest, allowPrivate: boolean): Hop {
	const headers: Record<string, string> = {
		'user-agent': 'Frontdesk',
		'accept-encoding': ACCEPT_ENCODING,
	};
	for (const [name, value] of Object.entries(request.headers ?? {})) {
		headers[name.toLowerCase()] = value;
	}
	const url = parseTarget(request.url, allowPrivate);
	return { url, method: request.method, headers, body: request.body };
}

function createResponse(
	exchange: Exchange,
	head: ResponseHead,
	timeouts: CallTimeouts,
	{ maxBytes }: OutboundRequest,
	url: URL,
): OutboundResponse {
	const body = readBody(exchange, head, timeouts, { maxBytes, host: url.host });
	const text = async () => {
		const decoder = new TextDecoder();
		let result = '';
		for await (const chunk of body) result += decoder.decode(chunk, { stream: true });
		return result + decoder.decode();
	};
	return { ...head, url, body, text };
}

/** Yields the decoded body in chunks, within the limits. Throws `OutboundError`. */
async function* readBody(
	exchange: Exchange,
	{ status, headers }: ResponseHead,
	timeouts: CallTimeouts,
	{ maxBytes, host }: { maxBytes: number; host: string },
): AsyncGenerator<Uint8Array, void, void> {
	const createTooLargeError = () =>
		new OutboundError('too_large', `the response of ${host} has more than ${maxBytes} bytes`, {
			status,
		});
	try {
		const stream = decodeBody(exchange.raw, headers.get('content-encoding') ?? '');
		if (stream === exchange.raw && Number(headers.get('content-length')) > maxBytes) {
			throw createTooLargeError();
		}
		let size = 0;
		for await (const chunk of stream) {
			timeouts.stopIdleTimeout();
			if (!(chunk instanceof Uint8Array)) continue;
			size += chunk.byteLength;
			if (size > maxBytes) throw createTooLargeError();
			yield chunk;
			timeouts.startIdleTimeout();
		}
	} catch (error) {
		throw toOutboundError(error, host, true);
	} finally {
		timeouts.end();
		exchange.raw.destroy();
	}
}
