import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A client that keeps to no protocol: frames as they are, on an open websocket. */
export class RawSocket {
	readonly #socket: WebSocket;
	readonly frames: string[] = [];

	constructor(url: string) {
		const address = `${url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`;
		this.#socket = new WebSocket(address);
		this.#socket.on('message', (data: Buffer) => {
			const frame = data.toString();
			this.frames.push(frame);
			if (frame === '2' && this.isOpen) this.#socket.send('3');
		});
		// A server that hangs up in the middle of a frame is what is hoped for.
		this.#socket.on('error', () => undefined);
	}

	/** A socket that has joined `/widget` with a chat session of its own. */
	static async joined(url: string): Promise<RawSocket> {
		const socket = new RawSocket(url);
		await socket.frame((frame) => frame.startsWith('0'));
		socket.send('40/widget,{"site":"default"}');
		await socket.frame((frame) => frame.includes('session.started'));
		return socket;
	}

	get isOpen(): boolean {
		return this.#socket.readyState === WebSocket.OPEN;
	}

	send(frame: string | Buffer): void {
		if (this.isOpen) this.#socket.send(frame);
	}

	/** The first frame that fits, as soon as it is there; rejects when the server hangs up before. */
	async frame(fits: (frame: string) => boolean): Promise<string> {
		for (;;) {
			const found = this.frames.find(fits);
			if (found !== undefined) return found;
			if (this.#socket.readyState > WebSocket.OPEN) throw new Error('the server hung up');
			await Promise.race([once(this.#socket, 'message'), once(this.#socket, 'close')]);
		}
	}

	/** Resolves once the server has hung up. */
	async closed(): Promise<void> {
		if (this.#socket.readyState !== WebSocket.CLOSED) await once(this.#socket, 'close');
	}

	/** Reads no more: what the server sends stays where it is. */
	pause(): void {
		this.#socket.pause();
	}

	resume(): void {
		this.#socket.resume();
	}

	end(): void {
		this.#socket.terminate();
	}
}
