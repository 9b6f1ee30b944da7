// The baseline of the message path: a bare Socket.IO server that echoes messages to the sender and one agent, and stores nothing.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });
let id = 0;

io.of('/agents').on('connection', (socket) => void socket.join('team'));
io.of('/widget').on('connection', (socket) => {
	socket.on('message:send', (message: object, ack: (answer: object) => void) => {
		const echoed = { ...message, id: ++id, timestamp: new Date().toISOString() };
		ack({ ok: true, data: { message: echoed } });
		io.of('/agents').to('team').emit('message.created', { session_id: socket.id, message: echoed });
	});
});
http.listen(0, '127.0.0.1', () => console.log(`port ${(http.address() as AddressInfo).port}`));
