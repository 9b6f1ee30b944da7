import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { App } from '../core/context.ts';
import { countUse } from '../core/rate-limits.ts';
import { clientOf } from './handshake.ts';

/** As many may be open from one network in one process: an office or a mobile carrier may stand behind it. */
export const MOST_OPEN = 2_000;

/** So many frames in so long are more than any page sends, refused ones too: who goes on is hung up on. */
export const MOST_FRAMES = 1_000;
/** As many characters in the same time: each frame is parsed before its request can be counted. */
export const MOST_CHARACTERS = 4 * 1024 * 1024;
const FRAMES_MS = 10_000;

/** An engine's client, as far as it is needed here. */
export interface CountedClient extends EventEmitter {
	request: IncomingMessage;
	close(discard?: boolean): void;
}

/** Bounds what one network opens and sends, whoever it says to be: connections cost memory, and frames time. */
export class Connections {
	readonly #app: App;
	readonly #open = new Map<string, number>();

	constructor(app: App) {
		this.#app = app;
	}

	/** Why this one is refused; undefined when it may come in. */
	async refusal(request: IncomingMessage): Promise<string | undefined> {
		if (!this.#app.config.isRateLimited) return undefined;
		const network = this.#networkOf(request);
		const state = await countUse(this.#app, 'socket', network);
		const isOver = (this.#open.get(network) ?? 0) >= MOST_OPEN;
		return isOver || state?.refusal ? 'too many connections' : undefined;
	}

	/** Counts an open one until it closes, and what it sends. */
	watch(client: CountedClient): void {
		client.once('close', this.opened(client.request));
		if (!this.#app.config.isRateLimited) return;
		let frames = 0;
		let characters = 0;
		let since = Date.now();
		client.on('packet', ({ data }: { data?: unknown }) => {
			frames += 1;
			characters += typeof data === 'string' ? data.length : 0;
			if (frames <= MOST_FRAMES && characters <= MOST_CHARACTERS) return;
			if (Date.now() - since < FRAMES_MS) {
				this.#app.log.warn({ frames, characters }, 'a flood on a socket was cut off');
				client.close(true);
			}
			frames = 0;
			characters = 0;
			since = Date.now();
		});
	}

	/** Counts an open one, until the returned function is called. */
	opened(request: IncomingMessage): () => void {
		const network = this.#networkOf(request);
		const add = (more: number) => {
			const count = (this.#open.get(network) ?? 0) + more;
			if (count > 0) this.#open.set(network, count);
			else this.#open.delete(network);
		};
		add(1);
		return () => add(-1);
	}

	#networkOf({ socket, headers }: IncomingMessage): string {
		return clientOf(this.#app.config, { address: socket.remoteAddress ?? '', headers }).network;
	}
}
