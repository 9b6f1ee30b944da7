import { WebSocket } from 'ws';

/**
 * Connects to a Socket.IO namespace on a bare WebSocket, which costs less CPU than socket.io-client. Resolves once the
 * namespace has accepted the connection. `onPacket` receives every packet from the acceptance (`40`) on.
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
			// 0 opens the transport, 2 and 3 are ping and pong, 40 and 44 accept and reject the connection.
			if (packet.startsWith('0')) return socket.send(`40${namespace},${JSON.stringify(auth)}`);
			if (packet === '2') return socket.send('3');
			if (packet.startsWith('44')) return reject(new Error(packet));
			if (packet.startsWith('40')) resolve(socket);
			onPacket(packet);
		});
	});
}
