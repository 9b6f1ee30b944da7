import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR_STATUS } from '#lib/contract/problem.ts';
import type { App } from '../context.ts';
import { AppError, problemOf } from '../errors.ts';
import { type BodyBudget, createBodyBudget, drain } from './bodies.ts';
import { limitConnections, type ConnectionLimits } from './connection-limits.ts';
import { refuseByHead, type RequestRefusal, useOriginForm } from './request-limits.ts';
import { labelOf } from './watchdog.ts';

export { SERVER_OPTIONS } from './connection-limits.ts';
export { largestBody, REQUEST_LIMITS, sizeText } from './request-limits.ts';
export { createWatchdog, type Watchdog } from './watchdog.ts';

type Listener = (...args: unknown[]) => void;

/** Paths that other sites' pages load, which set their own cross-origin headers. */
const FOR_OTHER_SITES = /^\/(?:embed|widget|widget\.js|demo|api\/embed-chat)(?:[/?]|$)/;

/**
 * Puts the guard in front of all current listeners of a server: limits on connections, request heads and arriving bodies, the headers of
 * every response, and the watchdog's list of requests in flight. Call it last. Returns a function that stops the guard.
 */
export function guardServer(app: App, server: Server): () => void {
	const limits = limitConnections(app, server);
	const budget = createBodyBudget(app.config);
	const onRequest = takeOver(server, 'request');
	const onUpgrade = takeOver(server, 'upgrade');
	server.on('request', (request: IncomingMessage, response: ServerResponse) => {
		limits.requestReceived(request.socket);
		admit(app, budget, request, response, () => onRequest(request, response));
	});
	server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
		admitUpgrade(limits, request, socket, () => onUpgrade(request, socket, head));
	});
	app.watchdog.start();
	return () => {
		app.watchdog.stop();
		limits.stop();
	};
}

/** Removes the listeners of an event and returns a function that calls them. */
function takeOver(server: Server, event: 'request' | 'upgrade'): Listener {
	const listeners = server.rawListeners(event) as Listener[];
	server.removeAllListeners(event);
	return (...args) => {
		for (const listener of listeners) listener.apply(server, args);
	};
}

function admit(
	app: App,
	budget: BodyBudget,
	request: IncomingMessage,
	response: ServerResponse,
	next: () => void,
): void {
	useOriginForm(request);
	const { url = '/' } = request;
	response.setHeader('X-Request-Id', randomUUID());
	response.setHeader('X-Content-Type-Options', 'nosniff');
	if (!FOR_OTHER_SITES.test(url)) {
		response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
	}
	// Load balancers check health over HTTP/1.0 without a Host header, which building URLs requires.
	request.headers.host ??= 'localhost';
	const refusal = refuseByHead(request) ?? budget(request);
	if (refusal) {
		refuse(request, response, refusal);
		return;
	}
	response.once('close', app.watchdog.track(labelOf(request)));
	if (hasBody(request)) response.once('finish', () => void drain(request));
	next();
}

const hasBody = ({ headers }: IncomingMessage) =>
	headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Sends the response, but ends it, and with it the connection, only after the request's body has been drained. */
function refuse(
	request: IncomingMessage,
	response: ServerResponse,
	{ code, detail }: RequestRefusal,
): void {
	const isForm = 'x-sveltekit-action' in request.headers;
	const body = JSON.stringify(
		isForm
			? { type: 'error', status: ERROR_STATUS[code], error: { message: detail } }
			: problemOf(new AppError(code, detail)),
	);
	response.writeHead(ERROR_STATUS[code], {
		'Content-Type': `application/${isForm ? 'json' : 'problem+json'}; charset=utf-8`,
		'Content-Length': Buffer.byteLength(body),
		'Cache-Control': 'no-store',
		...((code === 'rate_limited' || code === 'unavailable') && { 'Retry-After': '2' }),
		Connection: 'close',
		...(FOR_OTHER_SITES.test(request.url ?? '/') && { 'Access-Control-Allow-Origin': '*' }),
	});
	response.write(request.method === 'HEAD' ? '' : body);
	void drain(request).then(() => response.end());
}

function admitUpgrade(
	limits: ConnectionLimits,
	request: IncomingMessage,
	socket: Duplex,
	next: () => void,
): void {
	limits.requestReceived(request.socket);
	useOriginForm(request);
	const refusal = refuseByHead(request);
	if (!refusal) {
		next();
		return;
	}
	// The client may already have disconnected.
	socket.on('error', () => undefined);
	socket.end(
		`HTTP/1.1 ${ERROR_STATUS[refusal.code]} Refused\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${refusal.detail}`,
	);
}
