import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished as onFinished } from 'vitest';

/** A TCP proxy that can drop all traffic without closing connections, like a machine that loses power. */
export interface SilentProxy {
	port: number;
	/** Drops the traffic of open connections from now on, and of new ones too unless `acceptsNew`. */
	silence(options: { acceptsNew: boolean }): void;
	/** Forwards the traffic of new connections again. */
	restore(): void;
}

/** Starts a proxy in front of a local port or a Unix socket. */
export async function startSilentProxy(
	target: number | string,
	onTestFinished: typeof onFinished = onFinished,
): Promise<SilentProxy> {
	const sockets = new Set<Socket>();
	const silent = new WeakSet<Socket>();
	let isSilent = false;
	const server = createServer((client) => {
		const upstream = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target);
		for (const socket of [client, upstream]) {
			sockets.add(socket);
			socket.on('error', () => undefined);
			socket.on('close', () => sockets.delete(socket));
		}
		if (isSilent) silent.add(client).add(upstream);
		const forward = (from: Socket, to: Socket) => {
			from.on('data', (data) => {
				if (!silent.has(from)) to.write(data);
			});
			from.on('close', () => {
				if (!silent.has(from)) to.destroy();
			});
		};
		forward(client, upstream);
		forward(upstream, client);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	return {
		port: (server.address() as AddressInfo).port,
		silence({ acceptsNew }) {
			for (const socket of sockets) silent.add(socket);
			isSilent = !acceptsNew;
		},
		restore() {
			isSilent = false;
		},
	};
}
