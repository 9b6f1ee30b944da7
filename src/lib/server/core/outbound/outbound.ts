import { Agent, type Dispatcher } from 'undici';
import { ACCEPT_ENCODING, readBody } from './body.ts';
import { createConnector, type Resolve, systemResolve } from './connect.ts';
import { Exchange, type Head } from './exchange.ts';
import { type Hop, nextHop, readTarget, redirectLocation } from './hop.ts';
import { toOutboundError } from './outbound-error.ts';
import { Watch, type OutboundTimeouts } from './watch.ts';

/** One guarded call to an address that somebody typed into a form. */
export interface OutboundRequest {
	url: string;
	method: Hop['method'];
	headers?: Record<string, string>;
	body?: string;
	timeouts: OutboundTimeouts;
	/** Bytes of the (decompressed) body. */
	maxBytes: number;
	/** How many redirects are followed; each target is checked like the first. 0: a redirect is an error. */
	maxRedirects?: number;
	signal?: AbortSignal;
}

export interface OutboundResponse {
	status: number;
	headers: Headers;
	/** The body's bytes as they come, limits applied; ends or throws OutboundError. Read it, or leave the loop. */
	body: AsyncIterable<Uint8Array>;
	/** The whole body as UTF-8 text, within the limits. */
	text(): Promise<string>;
}

export interface Outbound {
	/** Throws OutboundError, also while the body is read. Any status is an answer. Never sends twice. */
	request(request: OutboundRequest): Promise<OutboundResponse>;
	/** Ends every connection; calls under way fail with `aborted`. */
	close(): Promise<void>;
}

export interface OutboundOptions {
	allowPrivate: boolean;
	/** How names are looked up; by default as the system does it. */
	resolve?: Resolve;
}

/** Makes the one client for calls to addresses that people type in; what it refuses is in addresses.ts. */
export function createOutbound({ allowPrivate, resolve }: OutboundOptions): Outbound {
	const agent = new Agent({
		connect: createConnector(allowPrivate, resolve ?? systemResolve),
		// Shorter than servers keep an idle connection (n8n: 5 s), so that a call never meets its close.
		keepAliveTimeout: 1500,
		keepAliveMaxTimeout: 4000,
		// The time limits are those of each call: see watch.ts.
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
		for await (const piece of body) result += decoder.decode(piece, { stream: true });
		return result + decoder.decode();
	};
	return { ...head, body, text };
}
