import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP proxy whose connections can fall silent, as when a machine or a network vanishes without a goodbye. */
export interface SilentProxy {
	port: number;
	/** Connections that are open now carry nothing any more, and stay open; new ones work when `isBack` says so. */
	vanish(options: { isBack: boolean }): void;
	/** New connections work again. */
	comeBack(): void;
}

/** `target` is a port of this machine, or the path of a Unix socket. */
export async function startSilentProxy(target: number | string): Promise<SilentProxy> {
	const sockets = new Set<Socket>();
	const silent = new WeakSet<Socket>();
	let isAway = false;
	const server = createServer((near) => {
		const far = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target);
		for (const socket of [near, far]) {
			sockets.add(socket);
			socket.on('error', () => undefined);
			socket.on('close', () => sockets.delete(socket));
		}
		if (isAway) silent.add(near).add(far);
		const carry = (from: Socket, to: Socket) => {
			from.on('data', (data) => {
				if (!silent.has(from)) to.write(data);
			});
			from.on('close', () => {
				if (!silent.has(from)) to.destroy();
			});
		};
		carry(near, far);
		carry(far, near);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	return {
		port: (server.address() as AddressInfo).port,
		vanish({ isBack }) {
			for (const socket of sockets) silent.add(socket);
			isAway = !isBack;
		},
		comeBack() {
			isAway = false;
		},
	};
}
