const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/;

/** Why visitors of other pages cannot load the chat from PUBLIC_URL; `undefined` when nothing speaks against it. */
export function addressProblem(publicUrl: string): string | undefined {
	const { hostname, protocol } = new URL(publicUrl);
	if (LOOPBACK.test(hostname)) {
		return `PUBLIC_URL is ${publicUrl}, which only this computer can reach. Set it to your server's public address before you copy embed codes.`;
	}
	if (protocol === 'http:') {
		return `PUBLIC_URL is ${publicUrl}. Pages on https cannot load the chat from an http address: serve Frontdesk over https.`;
	}
	return undefined;
}

/** Ends a script element without ending the one that this code may stand in. */
export const SCRIPT_END = '</' + 'script>';

/** The one line that puts a site's launcher onto a page; `url` is PUBLIC_URL, wherever the dashboard was opened. */
export const launcherCode = (url: string, site: string) =>
	`<script src="${url}/widget.js" data-site="${site}" async>${SCRIPT_END}`;

/** An address without what every address has: "example.com/free-estimate". */
export function shortUrl(address: string): string {
	const url = URL.parse(address);
	if (!url?.host) return address;
	return url.host.replace(/^www\./, '') + (url.pathname === '/' ? '' : url.pathname);
}

/** The path of an address on a site that is named beside it; its host where there is no path. */
export function pathOf(address: string): string {
	const url = URL.parse(address);
	return url && url.pathname !== '/' ? url.pathname : shortUrl(address);
}

/** Only addresses of the web become links: a page address comes from outside. */
export function webUrl(address: string): string | undefined {
	const url = URL.parse(address);
	return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined;
}
