import { strToU8, zipSync } from 'fflate';

const FOLDER = '/widget/wordpress/';
const files = import.meta.glob<string>('/widget/wordpress/**/*.{php,txt}', {
	query: '?raw',
	import: 'default',
	eager: true,
});
/** The same files give the same bytes. */
const MTIME = '2026-01-01T00:00:00';
/** What may stand between quotes in PHP. */
const HARMLESS = /^[\w:/.[\]-]*$/;

/** The plugin as a zip that WordPress installs, with this server's address and the site's key filled in. */
export function wordpressPlugin(url: string, site: string): Uint8Array<ArrayBuffer> {
	if (!HARMLESS.test(url) || !HARMLESS.test(site)) throw new TypeError('not an address and a key');
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
