import type { IncomingMessage } from 'node:http';
import type { App } from '../context';
import { countUse } from '../rate-limits';
import { clientOf } from './handshake';

/** As many may be open from one network in one process: an office or a mobile carrier may stand behind it. */
export const MOST_OPEN = 2_000;

/** Bounds what one network opens, before anybody has said who they are: each connection costs memory. */
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
