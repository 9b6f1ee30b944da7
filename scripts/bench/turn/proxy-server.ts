// The baseline for the latency of an AI's answer: a bare server that forwards messages from Socket.IO or HTTP to the webhook,
// and stores nothing. Answers in Frontdesk's formats, so that the same simulated visitors can use it.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Server } from 'socket.io';

const webhook = process.argv[2] ?? '';

async function forward(session_id: string, message: string): Promise<string> {
	const response = await fetch(webhook, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ session_id, message }),
	});
	const { output } = (await response.json()) as { output: string };
	return output;
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
	const input = (await json(request)) as { session_id?: string; message?: string };
	const { session_id = `session_${randomUUID()}`, message } = input;
	const answer = message ? await forward(session_id, message) : null;
	response.writeHead(200, { 'content-type': 'application/json' });
	response.end(JSON.stringify({ session_id, token: '', response: answer, fallback: false }));
}

const http = createServer((request, response) => void respond(request, response));

const io = new Server(http, { transports: ['websocket'], serveClient: false });
io.of('/widget').on('connection', (socket) => {
	const session_id = `session_${socket.id}`;
	socket.on(
		'message:send',
		async ({ message }: { message: string }, ack: (answer: object) => void) => {
			ack({ ok: true });
			socket.emit('reply.finished', { session_id, message: await forward(session_id, message) });
		},
	);
	socket.emit('session.started', { session_id });
	socket.emit('reply.finished', { session_id, message: 'Hello!' });
});
http.listen(0, '127.0.0.1', () => console.log(`port ${(http.address() as AddressInfo).port}`));
