const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/;

/** Returns why visitors cannot load the chat from PUBLIC_URL; `undefined` when they can. */
export function findPublicUrlProblem(publicUrl: string): string | undefined {
	const { hostname, protocol } = new URL(publicUrl);
	if (LOOPBACK.test(hostname)) {
		return `Visitors can’t load the chat: only this computer can reach ${publicUrl}. Set PUBLIC_URL to the server’s public URL before you copy the embed code.`;
	}
	if (protocol === 'http:') {
		return `PUBLIC_URL is ${publicUrl}. HTTPS pages can’t load the chat over HTTP. Serve Frontdesk over HTTPS.`;
	}
	return undefined;
}

/** A closing script tag, split so that it does not end an inline script that contains this code. */
export const SCRIPT_END = '</' + 'script>';

/** Returns the script tag that adds a site's launcher to a page; `url` is PUBLIC_URL. */
export const createLauncherCode = (url: string, site: string) =>
	`<script src="${url}/widget.js" data-site="${site}" async>${SCRIPT_END}`;

/** Returns a URL without its protocol, `www.`, query or fragment: "example.com/free-estimate". Returns invalid URLs unchanged. */
export function shortenUrl(address: string): string {
	const url = URL.parse(address);
	if (!url?.host) return address;
	return url.host.replace(/^www\./, '') + (url.pathname === '/' ? '' : url.pathname);
}

/** Returns the host of a delivery's endpoint, with the end of its path if that is known: "hooks.example …3f9a", else with its id. */
export const formatEndpoint = ({
	url,
	url_end,
	endpoint_id,
}: {
	url: string;
	url_end: string | null;
	endpoint_id: number;
}): string => `${shortenUrl(url)} ${url_end === null ? `#${endpoint_id}` : `…${url_end}`}`;

/** Returns a URL's path, or its host if the path is empty. */
export function getUrlPath(address: string): string {
	const url = URL.parse(address);
	return url && url.pathname !== '/' ? url.pathname : shortenUrl(address);
}

/** Returns the URL if it is safe to link: visitors control page URLs, so only http and https pass. */
export function toWebUrl(address: string): string | undefined {
	const url = URL.parse(address);
	return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined;
}
