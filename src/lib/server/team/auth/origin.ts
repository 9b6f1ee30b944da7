import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '#lib/server/core/config.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export const changesState = (method: string) => !SAFE_METHODS.has(method);

type AnyHeaders = Headers | IncomingHttpHeaders;
type Settings = Pick<Config, 'publicUrl'> & Partial<Pick<Config, 'trustProxy'>>;

/**
 * Returns whether a request comes from a page of this server: its Origin (or Referer, if a browser omits Origin) must match
 * PUBLIC_URL or the requested host, including the host a proxy forwards under TRUST_PROXY. Requests with neither header,
 * or with a foreign Sec-Fetch-Site, are not allowed.
 */
export function isAllowedOrigin(config: Settings, headers: AnyHeaders): boolean {
	if (isFromAnotherOrigin(headers)) return false;
	const page = URL.parse(getReferringPage(headers) ?? '');
	if (page === null || !/^https?:$/.test(page.protocol)) return false;
	const publicUrl = new URL(config.publicUrl);
	if (page.origin === publicUrl.origin) return true;
	// Anyone on the network can forge a page served over http, so http pages of an https PUBLIC_URL are not trusted.
	if (
		page.protocol === 'http:' &&
		publicUrl.protocol === 'https:' &&
		page.hostname === publicUrl.hostname
	)
		return false;
	// Parsed with the page's scheme, so that an explicit default port matches an omitted one.
	return getHosts(config, headers).some(
		(host) => URL.parse(`${page.protocol}//${host}`)?.host === page.host,
	);
}

/**
 * Returns whether the browser would silently drop the auth session cookie: PUBLIC_URL is https, which makes the cookie
 * secure, but the page was opened over http. Browsers exempt `localhost`.
 */
export function dropsAuthCookie(config: Settings, headers: AnyHeaders): boolean {
	const page = URL.parse(getReferringPage(headers) ?? '');
	const isPlain = page?.protocol === 'http:' && !/(?:^|\.)localhost$/.test(page.hostname);
	return isPlain && config.publicUrl.startsWith('https:');
}

/** Returns the page that a request comes from: its Origin, or else its Referer. */
export const getReferringPage = (headers: AnyHeaders) =>
	readHeader(headers, 'origin') ?? readHeader(headers, 'referer');

/**
 * Returns whether a page of another origin requests a subresource (script, image, fetch, frame). The auth session cookie of
 * such a request is ignored. Following a link does not count.
 */
export function isForeignSubresource(headers: AnyHeaders): boolean {
	if (!isFromAnotherOrigin(headers)) return false;
	const isNavigation = readHeader(headers, 'sec-fetch-mode') === 'navigate';
	return !(isNavigation && readHeader(headers, 'sec-fetch-dest') === 'document');
}

/** Returns false without `Sec-Fetch-Site`, which older browsers omit, and all browsers over http except on localhost. */
function isFromAnotherOrigin(headers: AnyHeaders): boolean {
	const site = readHeader(headers, 'sec-fetch-site');
	return site === 'cross-site' || site === 'same-site';
}

function getHosts({ trustProxy }: Settings, headers: AnyHeaders): string[] {
	const requested = readHeader(headers, 'host');
	// No page can set this header on a request to another site, so it is as trustworthy as Host.
	const forwarded = trustProxy === undefined ? undefined : readHeader(headers, 'x-forwarded-host');
	return [requested, forwarded?.split(',', 1)[0]?.trim()].filter((host) => host !== undefined);
}

function readHeader(headers: AnyHeaders, name: string): string | undefined {
	if (headers instanceof Headers) return headers.get(name) ?? undefined;
	const value = headers[name];
	return Array.isArray(value) ? value.join(',') : value;
}
