import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** The simulated response time of the AI, in ms. */
const THINKING_MS = 200;
const DELTA_INTERVAL_MS = 20;

export interface Webhook {
	url: string;
	/** When the first delta of the latest reply was written, by session id, in ms of `performance.now()`. */
	firstDeltaTimes: Map<string, number>;
	close(): void;
}

/** Starts an AI webhook: `/reply` answers in JSON, `/stream` streams like n8n, `/hang` never answers. */
export async function startWebhook(): Promise<Webhook> {
	const firstDeltaTimes = new Map<string, number>();
	const server = createServer((request, response) => {
		void respond(request, response, firstDeltaTimes);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const close = () => {
		server.close();
		server.closeAllConnections();
	};
	return { url: `http://127.0.0.1:${port}`, firstDeltaTimes, close };
}

async function respond(
	request: IncomingMessage,
	response: ServerResponse,
	firstDeltaTimes: Map<string, number>,
): Promise<void> {
	const { session_id } = (await json(request)) as { session_id: string };
	if (request.url === '/hang') return;
	await sleep(THINKING_MS);
	response.writeHead(200, { 'content-type': 'application/json' });
	if (request.url === '/reply') {
		response.end(JSON.stringify({ output: 'Thank you. What is your name?' }));
		return;
	}
	const toLine = (type: string, content?: string) => `${JSON.stringify({ type, content })}\n`;
	firstDeltaTimes.set(session_id, performance.now());
	response.write(toLine('begin') + toLine('item', 'Thank you. '));
	await sleep(DELTA_INTERVAL_MS);
	response.end(toLine('item', 'What is your name?') + toLine('end'));
}
