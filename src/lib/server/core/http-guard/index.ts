import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR_STATUS } from '#lib/contract/problem.ts';
import { createProxyWarning } from '../client-address.ts';
import type { App } from '../context.ts';
import { AppError, toProblem } from '../errors.ts';
import { type BodyBudget, createBodyBudget, drainBody } from './bodies.ts';
import { limitConnections, type ConnectionLimits } from './connection-limits.ts';
import { checkHead, type RequestRefusal, normalizeToOriginForm } from './request-limits.ts';
import { toLabel } from './watchdog.ts';

export { SERVER_OPTIONS } from './connection-limits.ts';
export { getMaxBodySize, formatSize } from './request-limits.ts';
export { createWatchdog } from './watchdog.ts';

type Listener = (...args: unknown[]) => void;

/** Matches paths that pages of other sites load. Their handlers set their own cross-origin headers. */
const EMBEDDED_PATH = /^\/(?:embed|widget|widget\.js|demo|api\/embed-chat)(?:[/?]|$)/;

/**
 * Installs the guard in front of all current listeners of a server. It limits connections, request heads and arriving
 * bodies, sets headers on every response, and reports requests in flight to the watchdog. Call it after adding all
 * listeners. Returns a function that stops the guard.
 */
export function guardServer(app: App, server: Server): () => void {
	const limits = limitConnections(app, server);
	const budget = createBodyBudget(app.config);
	const warnAboutProxy = createProxyWarning(app.config, app.log);
	const onRequest = detachListeners(server, 'request');
	const onUpgrade = detachListeners(server, 'upgrade');
	server.on('request', (request: IncomingMessage, response: ServerResponse) => {
		limits.onRequest(request.socket);
		warnAboutProxy(request);
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
function detachListeners(server: Server, event: 'request' | 'upgrade'): Listener {
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
	normalizeToOriginForm(request);
	const { url = '/' } = request;
	response.setHeader('X-Request-Id', randomUUID());
	response.setHeader('X-Content-Type-Options', 'nosniff');
	if (!EMBEDDED_PATH.test(url)) {
		response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
	}
	// Load balancers check health over HTTP/1.0 without a Host header, which is needed for building URLs.
	request.headers.host ??= 'localhost';
	const refusal = checkHead(request) ?? budget(request);
	if (refusal) {
		sendRefusal(request, response, refusal);
		return;
	}
	response.once('close', app.watchdog.track(toLabel(request)));
	if (hasBody(request)) response.once('finish', () => void drainBody(request));
	next();
}

const hasBody = ({ headers }: IncomingMessage) =>
	headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Sends the response, but ends it and the connection only after the request's body has been drained. */
function sendRefusal(
	request: IncomingMessage,
	response: ServerResponse,
	{ code, detail }: RequestRefusal,
): void {
	const isForm = 'x-sveltekit-action' in request.headers;
	const body = JSON.stringify(
		isForm
			? { type: 'error', status: ERROR_STATUS[code], error: { message: detail } }
			: toProblem(new AppError(code, detail)),
	);
	response.writeHead(ERROR_STATUS[code], {
		'Content-Type': `application/${isForm ? 'json' : 'problem+json'}; charset=utf-8`,
		'Content-Length': Buffer.byteLength(body),
		'Cache-Control': 'no-store',
		...((code === 'rate_limited' || code === 'unavailable') && { 'Retry-After': '2' }),
		Connection: 'close',
		...(EMBEDDED_PATH.test(request.url ?? '/') && { 'Access-Control-Allow-Origin': '*' }),
	});
	response.write(request.method === 'HEAD' ? '' : body);
	void drainBody(request).then(() => response.end());
}

function admitUpgrade(
	limits: ConnectionLimits,
	request: IncomingMessage,
	socket: Duplex,
	next: () => void,
): void {
	limits.onRequest(request.socket);
	normalizeToOriginForm(request);
	const refusal = checkHead(request);
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
