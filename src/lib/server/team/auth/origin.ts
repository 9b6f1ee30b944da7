import { verifyRequestOrigin } from 'lucia';
import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '#lib/server/core/config.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export const changesState = (method: string) => !SAFE_METHODS.has(method);

/**
 * Whether a request comes from a page of ours: its Origin (or Referer, where a browser sends no Origin) has the host
 * that was asked, or PUBLIC_URL's. A request that tells neither is refused.
 */
export function originIsAllowed(
	config: Pick<Config, 'publicUrl'>,
	headers: Headers | IncomingHttpHeaders,
): boolean {
	const host = read(headers, 'host');
	const origin = read(headers, 'origin') ?? read(headers, 'referer');
	return (
		origin !== undefined && verifyRequestOrigin(origin, [config.publicUrl, ...(host ? [host] : [])])
	);
}

function read(headers: Headers | IncomingHttpHeaders, name: 'host' | 'origin' | 'referer') {
	return headers instanceof Headers ? (headers.get(name) ?? undefined) : headers[name];
}
