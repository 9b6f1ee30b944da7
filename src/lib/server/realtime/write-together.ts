import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';

/** An engine's client, as far as it is needed here. */
export interface WritingClient extends EventEmitter {
	request: IncomingMessage;
}

/** Sends what waits for a client by one write instead of one a frame: a busy agent's socket is mostly system calls. */
export function writeTogether(client: WritingClient): void {
	client.on('flush', (frames: unknown[]) => {
		if (frames.length < 2) return;
		const { socket } = client.request;
		socket.cork();
		process.nextTick(() => socket.uncork());
	});
}
