import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

export const GREETING = 'Hi! What would you like help with?';
/** The page without a chat widget, with Frontdesk's, or with n8n's. */
export type Variant = 'none' | 'ours' | 'n8n';

const compress = promisify(brotliCompress);
const CONTENT_TYPES: Record<string, string> = { '.css': 'text/css', '.html': 'text/html' };

/** Serves a landing page, and n8n's chat with a webhook. Compresses both like Frontdesk's widget. */
export async function startHost(frontdesk: string, site: string, n8nFiles: string) {
	const snippets: Record<Variant, string> = {
		none: '',
		ours: `<script src="${frontdesk}/widget.js" data-site="${site}" async></script>`,
		n8n: `<link href="/n8n/style.css" rel="stylesheet"><script type="module">
			import { createChat } from '/n8n/chat.bundle.es.js';
			createChat({ webhookUrl: '/webhook', initialMessages: ['${GREETING}'] });</script>`,
	};
	const compressed = new Map<string, Buffer>();
	const send = async (response: ServerResponse, name: string, read: () => Promise<string>) => {
		const body = compressed.get(name) ?? (await compress(await read(), BROTLI_OPTIONS));
		compressed.set(name, body);
		const type = CONTENT_TYPES[path.extname(name)] ?? 'text/javascript';
		const headers = { 'Content-Type': `${type}; charset=utf-8`, 'Content-Encoding': 'br' };
		response.writeHead(200, headers).end(body);
	};
	const server = createServer((request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
		const name = path.basename(pathname);
		const variant = (searchParams.get('chat') ?? 'none') as Variant;
		const sending =
			pathname === '/webhook'
				? Promise.resolve(response.setHeader('Content-Type', 'application/json').end('{"data":[]}'))
				: pathname.startsWith('/n8n/')
					? send(response, name, () => readFile(path.join(n8nFiles, name), 'utf8'))
					: send(response, `${variant}.html`, () => Promise.resolve(renderPage(snippets[variant])));
		sending.catch(() => response.writeHead(404).end());
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	return {
		url: `http://127.0.0.1:${address.port}`,
		close() {
			server.closeAllConnections();
			server.close();
		},
	};
}

const BROTLI_OPTIONS = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };

const renderPage = (chat: string) => `<!doctype html><html lang="en"><head>
	<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>Roofs</title></head>
	<body><h1>Roofs for everybody</h1>${'<p>Thirty years of experience, one visit, one price.</p>'.repeat(200)}${chat}</body></html>`;
