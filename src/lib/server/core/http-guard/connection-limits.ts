import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { isTrustedProxy, toNetwork } from '../client-address.ts';
import type { App } from '../context.ts';

/** The maximum number of open connections per network. Higher than its Socket.IO limit, to leave room for pages and requests. */
export const MAX_CONNECTIONS = 2_500;
/** The time limit for the headers of a connection's first request. */
export const FIRST_REQUEST_MS = 15_000;
/** The maximum time that a client may leave a response unread. */
const STALLED_MS = 60_000;
const SWEEP_MS = 2_500;

/** Options for `createServer`. Exceeding the time limits for headers and bodies causes a 408. */
export const SERVER_OPTIONS = {
	// Ignores offers to upgrade to HTTP/2 (`h2c`), which Java's and other clients send with ordinary requests.
	shouldUpgradeCallback: ({ headers }: IncomingMessage) =>
		/(?:^|,)\s*websocket\s*(?:,|$)/i.test(headers.upgrade ?? ''),
	headersTimeout: FIRST_REQUEST_MS,
	requestTimeout: 60_000,
	connectionsCheckingInterval: 5_000,
	// Longer than proxies keep idle upstream connections; otherwise they would see occasional resets.
	keepAliveTimeout: 75_000,
};

interface Connection {
	openedAt: number;
	hasSentRequest: boolean;
	bytesWritten: number;
	/** When `bytesWritten` last changed, or when there was last nothing to write. */
	progressAt: number;
}

export interface ConnectionLimits {
	/** Records that a request's headers have arrived. */
	onRequest(socket: Socket): void;
	stop(): void;
}

/**
 * Closes connections that send no request or read no response, and those above a network's limit. Trusted proxies have no
 * limit, because their connections belong to many clients.
 */
export function limitConnections(
	app: App,
	server: Server,
	now = () => performance.now(),
): ConnectionLimits {
	const connections = new Map<Socket, Connection>();
	const countByNetwork = new Map<string, number>();
	const add = (network: string, delta: number) => {
		const count = (countByNetwork.get(network) ?? 0) + delta;
		if (count > 0) countByNetwork.set(network, count);
		else countByNetwork.delete(network);
	};
	const admit = (socket: Socket) => {
		const address = socket.remoteAddress ?? '';
		const network = toNetwork(address);
		const isCapped = app.config.isRateLimited && !isTrustedProxy(app.config, address);
		if (isCapped && (countByNetwork.get(network) ?? 0) >= MAX_CONNECTIONS) {
			socket.destroy();
			return;
		}
		const at = now();
		connections.set(socket, {
			openedAt: at,
			hasSentRequest: false,
			bytesWritten: 0,
			progressAt: at,
		});
		add(network, 1);
		socket.once('close', () => {
			connections.delete(socket);
			add(network, -1);
		});
	};
	server.on('connection', admit);
	const timer = setInterval(() => {
		const at = now();
		for (const [socket, connection] of connections) {
			if (isStalled(socket, connection, at)) socket.destroy();
		}
	}, SWEEP_MS).unref();
	return {
		onRequest(socket) {
			const connection = connections.get(socket);
			if (connection) connection.hasSentRequest = true;
		},
		stop() {
			clearInterval(timer);
			server.off('connection', admit);
		},
	};
}

function isStalled(socket: Socket, connection: Connection, at: number): boolean {
	if (!connection.hasSentRequest) return at - connection.openedAt > FIRST_REQUEST_MS;
	if (socket.writableLength === 0 || socket.bytesWritten !== connection.bytesWritten) {
		connection.bytesWritten = socket.bytesWritten;
		connection.progressAt = at;
	}
	return at - connection.progressAt > STALLED_MS;
}
