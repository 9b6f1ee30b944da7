import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { once } from 'node:events';

export interface HostPages {
	origin: string;
	/** Serves this as `/shown.html` from now on. */
	show(html: string): void;
	close(): void;
}

const FOLDER = 'tests/hostile/hosts';

/** Serves tests/hostile/hosts on an origin of its own, with the widget's server and `?site=` filled in. */
export async function startHostPages(server: () => string): Promise<HostPages> {
	let shown = '';
	const pages = createServer((request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
		const page =
			pathname === '/shown.html'
				? Promise.resolve(shown)
				: readFile(path.join(FOLDER, path.basename(pathname)), 'utf8');
		page.then(
			(html) => {
				const filled = html
					.replaceAll('{server}', server())
					.replaceAll('{site}', searchParams.get('site') ?? 'default')
					.replaceAll('{other}', searchParams.get('other') ?? 'default');
				response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(filled);
			},
			() => response.writeHead(204).end(),
		);
	}).listen(0, '127.0.0.1');
	await once(pages, 'listening');
	const address = pages.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	return {
		// Another origin than the server's 127.0.0.1, and another site.
		origin: `http://localhost:${address.port}`,
		show: (html) => void (shown = html),
		close() {
			pages.closeAllConnections();
			pages.close();
		},
	};
}
