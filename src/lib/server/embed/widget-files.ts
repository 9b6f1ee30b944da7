import { createHash } from 'node:crypto';
import { encodeOnce, type Encoded } from './encode.ts';

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

/** The address of the frame's script, and its style as text. */
export function frameFiles(): { script: string; style: string } {
	const entry = manifest?.['app/main.ts'];
	if (!entry) throw new Error('The widget is not built: npm run build');
	const style = (entry.css ?? []).map((file) => built[`/widget/dist/${file}`] ?? '').join('');
	return { script: `/widget/${entry.file}`, style };
}

/**
 * A file of the widget's build for any page to load, in the best encoding; undefined when there is none. The loader
 * carries the server's address, so that a copy knows it that an optimizer has moved, renamed or written into the page.
 */
export async function findWidgetFile(
	name: string,
	acceptEncoding: string | null,
	publicUrl: string,
): Promise<Encoded | undefined> {
	const template = Object.hasOwn(built, `/widget/dist/${name}`) && built[`/widget/dist/${name}`];
	if (!template) return undefined;
	const text = template.replace('%server%', () => new URL(publicUrl).origin);
	const { body, headers } = await encodeOnce(name, text, acceptEncoding);
	return {
		body,
		headers: {
			...headers,
			'Content-Type': `text/${name.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8`,
			ETag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 20)}"`,
			// Also a page that isolates itself from other origins may load it.
			'Access-Control-Allow-Origin': '*',
			'Cross-Origin-Resource-Policy': 'cross-origin',
		},
	};
}
