/** One guarded call to an address that somebody typed into a form. */
export interface OutboundRequest {
	url: string;
	method: 'GET' | 'POST';
	headers?: Record<string, string>;
	body?: string;
	/** Milliseconds to the response's headers, between two pieces of the body, and in all. */
	timeouts: { firstByte: number; idle: number; total: number };
	/** Bytes of the (decompressed) body. */
	maxBytes: number;
	/** How many redirects are followed; each target is checked like the first. 0: a redirect is an error. */
	maxRedirects?: number;
	signal?: AbortSignal;
}

export interface OutboundResponse {
	status: number;
	headers: Headers;
	/** The body's bytes as they come, limits applied; ends or throws OutboundError. */
	body: AsyncIterable<Uint8Array>;
	/** The whole body as UTF-8 text, within the limits. */
	text(): Promise<string>;
}

export class OutboundError extends Error {
	override name = 'OutboundError';
	readonly reason: 'blocked' | 'timeout' | 'unreachable' | 'too_large' | 'redirect' | 'aborted';
	constructor(reason: OutboundError['reason'], message: string, cause?: unknown) {
		super(message, { cause });
		this.reason = reason;
	}
}

export interface Outbound {
	/** Throws OutboundError, also while the body is read. Any status is an answer. */
	request(request: OutboundRequest): Promise<OutboundResponse>;
	close(): Promise<void>;
}

export function createOutbound(_options: { allowPrivate: boolean }): Outbound {
	throw new Error('written by the outbound part');
}
