import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** The output of the widget's own build (widget/vite.config.ts), bundled with the server. */
const builtFiles = import.meta.glob<string>('/widget/dist/**/*.{js,css}', {
	query: '?raw',
	import: 'default',
	eager: true,
});
const [manifest] = Object.values(
	import.meta.glob<Record<string, { file: string; css?: string[] }>>('/widget/dist/manifest.json', {
		import: 'default',
		eager: true,
	}),
);

/** Returns the path of the frame's script, and its style as text. Throws if the widget is not built. */
export function getFrameFiles(): { script: string; style: string } {
	const entry = manifest?.['app/main.ts'];
	if (!entry) throw new Error('the widget is not built: run "npm run build"');
	const style = (entry.css ?? []).map((file) => builtFiles[`/widget/dist/${file}`] ?? '').join('');
	return { script: `/widget/${entry.file}`, style };
}

/**
 * Returns a file of the widget's build, which any page may load, in the best encoding the browser accepts; undefined if it
 * doesn't exist. The loader contains the server's URL, so that it keeps working if a page optimizer moves, renames or
 * inlines it.
 */
export async function findWidgetFile(
	name: string,
	acceptEncoding: string | null,
	publicUrl: string,
): Promise<Encoded | undefined> {
	const template =
		Object.hasOwn(builtFiles, `/widget/dist/${name}`) && builtFiles[`/widget/dist/${name}`];
	if (!template) return undefined;
	const text = template.replace('%server%', () => new URL(publicUrl).origin);
	const { body, headers } = await encodeCached(name, text, acceptEncoding);
	return {
		body,
		headers: {
			...headers,
			'Content-Type': `text/${name.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8`,
			ETag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 20)}"`,
			// Lets cross-origin isolated pages load the file.
			'Access-Control-Allow-Origin': '*',
			'Cross-Origin-Resource-Policy': 'cross-origin',
		},
	};
}

const brotli = promisify(brotliCompress);
const ENCODERS = {
	br: (text: string, quality: number) =>
		brotli(text, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
	gzip: promisify(gzip) as (text: string) => Promise<Buffer>,
};

interface Encoded {
	body: Uint8Array<ArrayBuffer> | string;
	headers: Record<string, string>;
}

/** Returns the best supported encoding that an Accept-Encoding header names and doesn't exclude with `q=0`. */
const chooseEncoding = (accepted: string | null) => {
	const names = (accepted ?? '')
		.toLowerCase()
		.split(',')
		.filter((part) => !/;\s*q\s*=\s*0(?:\.0*)?\s*$/.test(part))
		.map((part) => part.replace(/;.*/, '').trim());
	return (['br', 'gzip'] as const).find((encoding) => names.includes(encoding));
};

/** Compresses text with the best encoding that the browser accepts. */
export async function encode(
	text: string,
	accepted: string | null,
	quality: number,
): Promise<Encoded> {
	const encoding = chooseEncoding(accepted);
	const headers: Record<string, string> = { Vary: 'Accept-Encoding' };
	if (!encoding) return { body: text, headers };
	const body = new Uint8Array(await ENCODERS[encoding](text, quality));
	return { body, headers: { ...headers, 'Content-Encoding': encoding } };
}

const cache = new Map<string, Promise<Encoded>>();

/** Compresses a file that never changes, once per process and with the best compression. */
function encodeCached(name: string, text: string, accepted: string | null): Promise<Encoded> {
	const key = `${chooseEncoding(accepted)} ${name}`;
	const encoded = cache.get(key) ?? encode(text, accepted, constants.BROTLI_MAX_QUALITY);
	cache.set(key, encoded);
	return encoded;
}
