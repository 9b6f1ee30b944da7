import { z } from 'zod';

/** Returns why a text is not an origin that browsers send, or undefined if it is. */
function problemWith(text: string): string | undefined {
	if (text.includes('*')) {
		return 'wildcards are not supported: list each origin, or leave the list empty to allow every page';
	}
	if (!/^https?:\/\//i.test(text)) return 'start with https:// or http://';
	const url = URL.parse(text);
	if (!url) return 'enter an origin such as https://www.example.com';
	if (url.username || url.password) return 'remove the username and password';
	if (url.hostname.startsWith('[')) return 'IPv6 addresses are not supported: use a host name';
	if (url.pathname !== '/' || url.search || url.hash) {
		return `remove everything after the host: ${url.origin}`;
	}
	return undefined;
}

/** An origin as browsers send it: scheme, host and port. Normalizes case and a trailing slash. */
export const exactOrigin = z
	.string()
	.trim()
	.max(300)
	.superRefine((text, check) => {
		const message = problemWith(text);
		if (message) check.addIssue({ code: 'custom', message });
	})
	.transform((text) => URL.parse(text)?.origin ?? text);
