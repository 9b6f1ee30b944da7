import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase } from './database.ts';
import { startServer, type ServerProcess } from './process.ts';
import { makeSiteAt } from './site-api.ts';

export interface HostPages {
	origin: string;
	/** Serves this as `/shown.html` from now on, with these headers. */
	show(html: string, headers?: Record<string, string>): void;
	close(): void;
}

/** A server with two sites and host pages for one test file; the sites' keys are `{site}` and `{other}` in pages. */
export interface HostWorld extends HostPages {
	server: ServerProcess;
	site: string;
	other: string;
}

/** Starts them before the file's tests, and ends them after. */
export function useHostWorld(): () => HostWorld {
	let world: HostWorld | undefined;
	let dropDatabase: () => Promise<void>;
	beforeAll(async () => {
		const database = await createTestDatabase();
		dropDatabase = () => database.drop();
		const server = await startServer({ DATABASE_URL: database.url });
		const site = await makeSiteAt(server.url, 'Hosts', { greeting: 'Hi! A new roof?' });
		const other = await makeSiteAt(server.url, 'Other', { greeting: 'Solar panels?' });
		world = { ...(await startHostPages(() => server.url)), server, site, other };
	});
	afterAll(async () => {
		world?.close();
		await world?.server.stop();
		await dropDatabase();
	});
	return () => {
		if (!world) throw new Error('The world of host pages is not there yet');
		return world;
	};
}

const FOLDER = 'tests/hostile/hosts';

/** Serves tests/hostile/hosts on an origin of its own, with the widget's server and `?site=` filled in. */
export async function startHostPages(server: () => string): Promise<HostPages> {
	let shown = '';
	let shownHeaders: Record<string, string> = {};
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
				const headers = pathname === '/shown.html' ? shownHeaders : {};
				const type = { 'Content-Type': 'text/html; charset=utf-8' };
				response.writeHead(200, { ...type, ...headers }).end(filled);
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
		show(html, headers = {}) {
			shown = html;
			shownHeaders = headers;
		},
		close() {
			pages.closeAllConnections();
			pages.close();
		},
	};
}
