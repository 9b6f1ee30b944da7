import { WebSocket } from 'ws';

/**
 * Opens a socket of a namespace on a plain websocket, to keep the client cheap. Resolves once the namespace has accepted
 * it. `onPacket` receives every packet, starting with its own `40`.
 */
export function openSocket(
	url: string,
	namespace: string,
	auth: object,
	onPacket: (packet: string) => void,
): Promise<WebSocket> {
	return new Promise((resolve, reject) => {
		const socket = new WebSocket(
			`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
		);
		socket.on('error', reject);
		socket.on('message', (data: Buffer) => {
			const packet = data.toString();
			if (packet.startsWith('0')) return socket.send(`40${namespace},${JSON.stringify(auth)}`);
			if (packet === '2') return socket.send('3');
			if (packet.startsWith('44')) return reject(new Error(packet));
			if (packet.startsWith('40')) resolve(socket);
			onPacket(packet);
		});
	});
}
