import type { IncomingMessage } from 'node:http';

/** How much of an unwanted body is read before its connection is closed. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024;
const MAX_DRAIN_MS = 10_000;

/**
 * Reads and discards the rest of a request's body, then resolves. Closing a connection while its client is still sending
 * resets it, and the client may lose a response that it has already received. Larger or slower bodies are cut off.
 */
export function drain(request: IncomingMessage): Promise<void> {
	if (request.complete || request.destroyed) return Promise.resolve();
	return new Promise((resolve) => {
		let bytes = 0;
		const cutOff = () => request.socket.destroy();
		const timer = setTimeout(cutOff, MAX_DRAIN_MS);
		// An earlier reader's listeners would pause the stream again.
		request.removeAllListeners('data').removeAllListeners('readable');
		request.on('data', (chunk: Buffer) => {
			bytes += chunk.length;
			if (bytes > MAX_DRAINED_BYTES) cutOff();
		});
		request.on('error', () => undefined);
		for (const event of ['end', 'close'] as const) {
			request.once(event, () => {
				clearTimeout(timer);
				resolve();
			});
		}
		request.resume();
	});
}
