import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { removeBrackets } from './connect.ts';

/** Shorter than servers wait for the first request on a connection; HAProxy often waits 10 s. */
const MAX_IDLE_MS = 8_000;

interface WarmConnection {
	/** Undefined if connecting failed, or if the server closed the connection. */
	socket: Promise<Socket | undefined>;
	timer: NodeJS.Timeout;
	close(): void;
}

/**
 * Connections opened before the call that needs them, at most one per origin. They save that call the round trips of DNS, TCP
 * and TLS. If the server closes one, the call can safely connect again, because no request was sent on it.
 */
export class WarmConnections {
	readonly #connect: buildConnector.connector;
	readonly #byOrigin = new Map<string, WarmConnection>();

	constructor(connect: buildConnector.connector) {
		this.#connect = connect;
	}

	/** Opens a connection to an origin, unless one is open. If that fails, the call that follows connects again. */
	open(url: URL): void {
		const { origin, protocol, host, port } = url;
		if (this.#byOrigin.has(origin)) return;
		const hostname = removeBrackets(url.hostname);
		const { promise, resolve } = Promise.withResolvers<Socket | undefined>();
		let opened: Socket | undefined;
		let isClosed = false;
		const close = () => {
			isClosed = true;
			opened?.destroy();
			resolve(undefined);
			if (this.#byOrigin.get(origin) === warm) this.#byOrigin.delete(origin);
			clearTimeout(timer);
		};
		const timer = setTimeout(close, MAX_IDLE_MS).unref();
		const warm: WarmConnection = { socket: promise, timer, close };
		this.#byOrigin.set(origin, warm);
		this.#connect({ protocol, host, hostname, port }, (error, socket) => {
			opened = socket ?? undefined;
			if (error || isClosed) return close();
			// A server that sends or closes before any request has given up on the connection.
			socket.once('readable', close).once('error', close).once('close', close);
			resolve(socket);
		});
	}

	/** Takes the warm connection to the origin, or connects if there is none. */
	readonly connect: buildConnector.connector = (options, callback) => {
		const origin = `${options.protocol}//${options.host}`;
		const warm = this.#byOrigin.get(origin);
		if (!warm) return void this.#connect(options, callback);
		this.#byOrigin.delete(origin);
		clearTimeout(warm.timer);
		void warm.socket.then((socket) => {
			if (!socket || socket.destroyed) return void this.#connect(options, callback);
			for (const event of ['readable', 'close']) socket.removeListener(event, warm.close);
			callback(null, socket);
		});
	};

	closeAll(): void {
		for (const warm of [...this.#byOrigin.values()]) warm.close();
	}
}
