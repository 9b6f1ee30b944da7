import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '#lib/contract/problem.ts';

/** Limits that are checked before anything is decoded. Node itself limits the total size of headers to 16 KiB. */
const REQUEST_LIMITS = {
	url_length: 8 * 1024,
	query_parameters: 100,
	cookie_length: 8 * 1024,
	cookies: 200,
	/** The API's largest bodies are imports. */
	api_body: 1024 * 1024,
	/** Visitors' requests: a message has up to 4,000 characters, its context a few URLs. */
	visitor_body: 128 * 1024,
	/** Socket.IO's own limit for one frame. */
	socket_body: 128 * 1024,
	/** Forms: the longest field has up to 4,000 characters. */
	page_body: 64 * 1024,
} as const;

/** Matches a host name, IPv4 or bracketed IPv6 address, with or without a port. */
const HOST_HEADER = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

export interface RequestRefusal {
	code: Extract<
		ErrorCode,
		'bad_request' | 'payload_too_large' | 'rate_limited' | 'unavailable' | 'unsupported_media_type'
	>;
	detail: string;
}

/** Matches a request target in absolute form, `http://host/path`, which servers must accept, although clients usually send it only to proxies (RFC 9112, 3.2.2). */
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(?=[/?]|$)/i;

/** Rewrites a request target in absolute form to a path, and sets the Host header to the target's host. */
export function normalizeToOriginForm(request: IncomingMessage): void {
	const [start = '', host = ''] = ABSOLUTE_FORM.exec(request.url ?? '') ?? [];
	if (start === '') return;
	const rest = request.url?.slice(start.length) ?? '';
	request.url = rest.startsWith('/') ? rest : `/${rest}`;
	request.headers.host = host;
}

/**
 * Checks a request's head. Returns the reason for refusing the request; `undefined` if it is accepted. The checks are cheap
 * for any input, and run before URLs, query strings, cookies, forms and JSON are decoded.
 */
export function checkHead(request: IncomingMessage): RequestRefusal | undefined {
	const { url = '', headers } = request;
	const createRefusal = (detail: string): RequestRefusal => ({ code: 'bad_request', detail });
	if (!url.startsWith('/')) return createRefusal('the request target must be a path');
	if (url.length > REQUEST_LIMITS.url_length) return createRefusal('the URL is longer than 8 KiB');
	// SvelteKit calls the hooks for these outside of its error handling.
	if (!isDecodable(url)) return createRefusal('the URL is not encoded correctly: write % as %25');
	if (countOccurrences('&', url) >= REQUEST_LIMITS.query_parameters) {
		return createRefusal(`the URL has more than ${REQUEST_LIMITS.query_parameters} parameters`);
	}
	if (headers.host !== undefined && !HOST_HEADER.test(headers.host)) {
		return createRefusal('the Host header is not a host name');
	}
	const { cookie } = headers;
	if (cookie !== undefined && cookie.length > REQUEST_LIMITS.cookie_length) {
		return createRefusal('the cookies are larger than 8 KiB; clear the cookies of this site');
	}
	if (cookie !== undefined && countOccurrences(';', cookie) >= REQUEST_LIMITS.cookies) {
		return createRefusal(
			`there are more than ${REQUEST_LIMITS.cookies} cookies; clear the cookies of this site`,
		);
	}
	return checkBodyHeaders(url, headers);
}

function checkBodyHeaders(
	url: string,
	headers: IncomingMessage['headers'],
): RequestRefusal | undefined {
	const encoding = headers['content-encoding'];
	if (encoding && encoding.toLowerCase() !== 'identity') {
		return { code: 'unsupported_media_type', detail: 'send the body uncompressed' };
	}
	const limit = getMaxBodySize(url);
	if (Number(headers['content-length'] ?? 0) <= limit) return undefined;
	return { code: 'payload_too_large', detail: `the body is larger than ${formatSize(limit)}` };
}

/** Formats a round number of bytes, such as "64 KiB". */
export const formatSize = (bytes: number) =>
	bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes / 1024} KiB`;

/** Returns the maximum size of a body at a path, in bytes. */
export function getMaxBodySize(url: string): number {
	if (url.startsWith('/api/embed-chat/')) return REQUEST_LIMITS.visitor_body;
	if (/^\/api(?:[/?]|$)/.test(url)) return REQUEST_LIMITS.api_body;
	if (url.startsWith('/socket.io/')) return REQUEST_LIMITS.socket_body;
	return REQUEST_LIMITS.page_body;
}

/** Returns whether the percent-encoding of a URL's path is valid UTF-8. Query strings are decoded leniently. */
function isDecodable(url: string): boolean {
	const [path = ''] = url.split('?', 1);
	if (!path.includes('%')) return true;
	try {
		// The bundler removes a call whose result isn't used.
		return decodeURI(path) !== '';
	} catch {
		return false;
	}
}

function countOccurrences(separator: string, text: string): number {
	let count = 0;
	for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + 1))
		count += 1;
	return count;
}
