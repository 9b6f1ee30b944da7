import { strToU8, zipSync } from 'fflate';

const FOLDER = '/widget/wordpress/';
const files = import.meta.glob<string>('/widget/wordpress/**/*.{php,txt}', {
	query: '?raw',
	import: 'default',
	eager: true,
});
/** Fixed, so that the same files give the same bytes. */
const MTIME = '2026-01-01T00:00:00';
/** Safe inside single quotes in PHP. */
const SAFE = /^[\w:/.[\]-]*$/;

/** Returns the plugin as a zip for WordPress, with this server's address and the site's key filled in. Throws `TypeError`. */
export function wordpressPlugin(url: string, site: string): Uint8Array<ArrayBuffer> {
	if (!SAFE.test(url) || !SAFE.test(site)) throw new TypeError('invalid address or site key');
	const packed = Object.entries(files).map(([path, text]): [string, Uint8Array] => [
		path.slice(FOLDER.length),
		strToU8(
			text
				.replace(/('url' +=> )''/, (_, name: string) => `${name}'${url}'`)
				.replace(/('site' +=> )''/, (_, name: string) => `${name}'${site}'`),
		),
	]);
	return zipSync(Object.fromEntries(packed), { mtime: MTIME });
}
