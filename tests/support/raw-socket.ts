import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A client that sends arbitrary frames on an open websocket. */
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
		// The server may close the connection in the middle of a frame, which some tests expect.
		this.#socket.on('error', () => undefined);
	}

	/** Opens a socket and joins `/widget` with a new chat session. */
	static async join(url: string): Promise<RawSocket> {
		const socket = new RawSocket(url);
		await socket.waitForFrame((frame) => frame.startsWith('0'));
		socket.send('40/widget,{"site":"default"}');
		await socket.waitForFrame((frame) => frame.includes('session.started'));
		return socket;
	}

	get isOpen(): boolean {
		return this.#socket.readyState === WebSocket.OPEN;
	}

	send(frame: string | Buffer): void {
		if (this.isOpen) this.#socket.send(frame);
	}

	/** Resolves with the first frame that matches. Rejects when the server disconnects before. */
	async waitForFrame(matches: (frame: string) => boolean): Promise<string> {
		for (;;) {
			const found = this.frames.find(matches);
			if (found !== undefined) return found;
			if (this.#socket.readyState > WebSocket.OPEN) throw new Error('the server disconnected');
			await Promise.race([once(this.#socket, 'message'), once(this.#socket, 'close')]);
		}
	}

	/** Resolves once the server has disconnected. */
	async waitForClose(): Promise<void> {
		if (this.#socket.readyState !== WebSocket.CLOSED) await once(this.#socket, 'close');
	}

	/** Stops reading, so that the server's frames pile up. */
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
