import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

/** What the widget's own build made (widget/vite.config.ts), carried inside of the server's. */
const built = import.meta.glob<string>('/widget/dist/**/*.{js,css}', {
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

const HOW_TO_BUILD = 'The widget is not built: npm run build';
const compress = { br: promisify(brotliCompress), gzip: promisify(gzip) };
type Encoding = keyof typeof compress;

/** The address of the frame's script, and its style as text. */
export function frameFiles(): { script: string; style: string } {
	const entry = manifest?.['app/main.ts'];
	if (!entry) throw new Error(HOW_TO_BUILD);
	const style = (entry.css ?? []).map((file) => built[`/widget/dist/${file}`] ?? '').join('');
	return { script: `/widget/${entry.file}`, style };
}

interface WidgetFile {
	body: Uint8Array<ArrayBuffer> | string;
	headers: Record<string, string>;
}

/** A file of the widget's build in the best encoding that the browser takes; undefined when there is none. */
export async function findWidgetFile(
	name: string,
	acceptEncoding: string,
): Promise<WidgetFile | undefined> {
	const text = Object.hasOwn(built, `/widget/dist/${name}`) && built[`/widget/dist/${name}`];
	if (!text) return undefined;
	const encoding = (['br', 'gzip'] as const).find((one) => acceptEncoding.includes(one));
	return {
		body: encoding ? await encoded(name, text, encoding) : text,
		headers: {
			'Content-Type': `text/${name.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8`,
			ETag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 20)}"`,
			Vary: 'Accept-Encoding',
			// Any page may load it, also one that isolates itself from other origins.
			'Access-Control-Allow-Origin': '*',
			'Cross-Origin-Resource-Policy': 'cross-origin',
			...(encoding && { 'Content-Encoding': encoding }),
		},
	};
}

const done = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** Compressed once for the life of the process. */
function encoded(name: string, text: string, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
	const key = `${encoding} ${name}`;
	const ready = done.get(key) ?? compress[encoding](text).then((buffer) => new Uint8Array(buffer));
	done.set(key, ready);
	return ready;
}
