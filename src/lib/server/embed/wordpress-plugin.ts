import { strToU8, zipSync } from 'fflate';

const FOLDER = '/widget/wordpress/';
const files = import.meta.glob<string>('/widget/wordpress/**/*.{php,txt}', {
	query: '?raw',
	import: 'default',
	eager: true,
});
/** A fixed modification time, so that the archive is reproducible. */
const MTIME = '2026-01-01T00:00:00';
/** Matches text that is safe inside single quotes in PHP. */
const SAFE_VALUE = /^[\w:/.[\]-]*$/;

/** Returns the WordPress plugin as a zip, with this server's URL and the site's key filled in. Throws `TypeError` if one is invalid. */
export function createWordpressPlugin(url: string, site: string): Uint8Array<ArrayBuffer> {
	if (!SAFE_VALUE.test(url) || !SAFE_VALUE.test(site))
		throw new TypeError('invalid URL or site key');
	const entries = Object.entries(files).map(([path, text]): [string, Uint8Array] => [
		path.slice(FOLDER.length),
		strToU8(
			text
				.replace(/('url' +=> )''/, (_, name: string) => `${name}'${url}'`)
				.replace(/('site' +=> )''/, (_, name: string) => `${name}'${site}'`),
		),
	]);
	return zipSync(Object.fromEntries(entries), { mtime: MTIME });
}
