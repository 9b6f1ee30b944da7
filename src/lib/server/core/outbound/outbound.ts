import { Agent, type Dispatcher } from 'undici';
import { ACCEPT_ENCODING, readBody } from './body.ts';
import { createConnector, type Resolve, systemResolve } from './connect.ts';
import {
	Exchange,
	type Head,
	type Hop,
	nextHop,
	readTarget,
	redirectLocation,
} from './exchange.ts';
import { toOutboundError } from './outbound-error.ts';
import { Watch, type OutboundTimeouts } from './watch.ts';

/** One guarded call to an address that a person entered. */
export interface OutboundRequest {
	url: string;
	method: Hop['method'];
	headers?: Record<string, string>;
	body?: string | Uint8Array;
	timeouts: OutboundTimeouts;
	/** The maximum size of the decompressed body. */
	maxBytes: number;
	/** How many redirects to follow; each target is checked like the first. 0 by default, so that a redirect is an error. */
	maxRedirects?: number;
	signal?: AbortSignal;
}

export interface OutboundResponse {
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
	/** Closes all connections; calls in progress fail with `aborted`. */
	close(): Promise<void>;
}

export interface OutboundOptions {
	allowPrivate: boolean;
	/** Resolves host names; uses the system's resolver by default. */
	resolve?: Resolve;
}

/** Creates the client for calls to addresses that people enter. `connect.ts` lists what it blocks. */
export function createOutbound({ allowPrivate, resolve }: OutboundOptions): Outbound {
	const agent = new Agent({
		connect: createConnector(allowPrivate, resolve ?? systemResolve),
		// Shorter than servers keep idle connections (n8n: 5 s), so that no call uses one that is being closed.
		keepAliveTimeout: 1500,
		keepAliveMaxTimeout: 4000,
		// Each call has its own timeouts: see watch.ts.
		headersTimeout: 0,
		bodyTimeout: 0,
	});
	return {
		request: (request) => call(agent, allowPrivate, request),
		close: () => agent.destroy(),
	};
}

async function call(
	dispatcher: Dispatcher,
	allowPrivate: boolean,
	request: OutboundRequest,
): Promise<OutboundResponse> {
	let hop = firstHop(request, allowPrivate);
	const watch = new Watch(request);
	let exchange: Exchange | undefined;
	try {
		for (let redirects = 0; ; redirects++) {
			exchange = new Exchange();
			watch.guard(exchange);
			exchange.send(dispatcher, hop);
			const head = await exchange.head.promise;
			const location = redirectLocation(head.status, head.headers);
			if (location === null) return answer(exchange, head, watch, request, hop.url.host);
			exchange.raw.destroy();
			const mayFollow = redirects < (request.maxRedirects ?? 0);
			hop = nextHop(hop, { status: head.status, location }, { mayFollow, allowPrivate });
		}
	} catch (error) {
		watch.end();
		throw toOutboundError(error, hop.url.host, exchange?.isSent ?? false);
	}
}

function firstHop(request: OutboundRequest, allowPrivate: boolean): Hop {
	const headers: Record<string, string> = {
		'user-agent': 'Frontdesk',
		'accept-encoding': ACCEPT_ENCODING,
	};
	for (const [name, value] of Object.entries(request.headers ?? {})) {
		headers[name.toLowerCase()] = value;
	}
	const url = readTarget(request.url, allowPrivate);
	return { url, method: request.method, headers, body: request.body };
}

function answer(
	exchange: Exchange,
	head: Head,
	watch: Watch,
	{ maxBytes }: OutboundRequest,
	host: string,
): OutboundResponse {
	const body = readBody(exchange, head, watch, { maxBytes, host });
	const text = async () => {
		const decoder = new TextDecoder();
		let result = '';
		for await (const chunk of body) result += decoder.decode(chunk, { stream: true });
		return result + decoder.decode();
	};
	return { ...head, body, text };
}
