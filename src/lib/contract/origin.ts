import { z } from 'zod';

/** Why a text is no origin that a browser would send; undefined when it is one. */
function faultOf(text: string): string | undefined {
	if (text.includes('*')) {
		return 'no * here: name each origin, or leave the list empty to allow every page';
	}
	if (!/^https?:\/\//i.test(text)) return 'begin with https:// (or http://)';
	const url = URL.parse(text);
	if (!url) return 'this is no address: it looks like https://www.example.com';
	if (url.username || url.password) return 'leave out the user name and password';
	if (url.hostname.startsWith('[')) return 'browsers know no IPv6 address here: use a name';
	if (url.pathname !== '/' || url.search || url.hash) {
		return `leave out what comes after the host: ${url.origin}`;
	}
	return undefined;
}

/** An origin as browsers send it: scheme, host and port. A slash at its end and capitals are put right. */
export const exactOrigin = z
	.string()
	.trim()
	.max(300)
	.superRefine((text, check) => {
		const message = faultOf(text);
		if (message) check.addIssue({ code: 'custom', message });
	})
	.transform((text) => URL.parse(text)?.origin ?? text);
