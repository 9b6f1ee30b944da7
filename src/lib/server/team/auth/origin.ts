import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '#lib/server/core/config.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export const changesState = (method: string) => !SAFE_METHODS.has(method);

type AnyHeaders = Headers | IncomingHttpHeaders;
type Settings = Pick<Config, 'publicUrl'> & Partial<Pick<Config, 'trustProxy'>>;

/**
 * Returns whether a request comes from a page of ours: its Origin (or Referer, where a browser sends no Origin) is
 * PUBLIC_URL's, or has the host that was asked, or the one that a proxy behind TRUST_PROXY was asked. A request with
 * neither header is refused, and so is one that the browser itself calls another site's, whatever else it says.
 */
export function originIsAllowed(config: Settings, headers: AnyHeaders): boolean {
	if (isFromAnotherOrigin(headers)) return false;
	const page = URL.parse(pageOf(headers) ?? '');
	if (page === null || !/^https?:$/.test(page.protocol)) return false;
	const ours = new URL(config.publicUrl);
	if (page.origin === ours.origin) return true;
	// A plain page may have been written by anybody on the way, so where PUBLIC_URL is https, its host has no plain pages.
	if (page.protocol === 'http:' && ours.protocol === 'https:' && page.hostname === ours.hostname)
		return false;
	// Parsed with the page's scheme, so that a default port may stand there or not.
	return hostsOf(config, headers).some(
		(host) => URL.parse(`${page.protocol}//${host}`)?.host === page.host,
	);
}

/**
 * Returns whether the browser would drop the auth session's cookie, without a word: where PUBLIC_URL is https it is for
 * https alone, and this page was opened over plain http. Browsers except `localhost`.
 */
export function dropsAuthCookie(config: Settings, headers: AnyHeaders): boolean {
	const page = URL.parse(pageOf(headers) ?? '');
	const isPlain = page?.protocol === 'http:' && !/(?:^|\.)localhost$/.test(page.hostname);
	return isPlain && config.publicUrl.startsWith('https:');
}

/** Returns the page a request comes from, as the browser tells it: its Origin, else its Referer. */
export const pageOf = (headers: AnyHeaders) => read(headers, 'origin') ?? read(headers, 'referer');

/**
 * Returns whether another site's page loads this as a part of itself (script, image, fetch, frame). A link that is
 * followed is not that. The auth session's cookie counts for nothing there.
 */
export function isForeignSubresource(headers: AnyHeaders): boolean {
	if (!isFromAnotherOrigin(headers)) return false;
	const isNavigation = read(headers, 'sec-fetch-mode') === 'navigate';
	return !(isNavigation && read(headers, 'sec-fetch-dest') === 'document');
}

/** Older browsers, and all of them on plain http outside of localhost, do not send `Sec-Fetch-Site`. */
function isFromAnotherOrigin(headers: AnyHeaders): boolean {
	const site = read(headers, 'sec-fetch-site');
	return site === 'cross-site' || site === 'same-site';
}

function hostsOf({ trustProxy }: Settings, headers: AnyHeaders): string[] {
	const asked = read(headers, 'host');
	// No page can set this header on a request to another site, so it proves as much as Host does.
	const forwarded = trustProxy === undefined ? undefined : read(headers, 'x-forwarded-host');
	return [asked, forwarded?.split(',', 1)[0]?.trim()].filter((host) => host !== undefined);
}

function read(headers: AnyHeaders, name: string): string | undefined {
	if (headers instanceof Headers) return headers.get(name) ?? undefined;
	const value = headers[name];
	return Array.isArray(value) ? value.join(',') : value;
}
