import type { SessionCounts } from '#lib/contract/session.ts';
import { api } from '#lib/client/api-client.ts';
import type { Fact } from '#lib/client/live/facts.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';

/** The server counts anew at most this often, however much happens. */
const RENEW_MS = 2_000;

const COUNTED = new Set<Fact['name']>([
	'session.created',
	'session.updated',
	'session.completed',
	'session.deleted',
]);

/** How many chat sessions the views of the inbox have, kept up to date. */
export class InboxCounts {
	current = $state.raw<SessionCounts>();
	readonly #site: string | undefined;
	#renewing: ReturnType<typeof setTimeout> | undefined;

	constructor(counts: SessionCounts, site: string | undefined) {
		this.current = counts;
		this.#site = site;
	}

	/** Follows the socket until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const stops = [
			live.subscribe((facts) => {
				if (facts.some(({ name }) => COUNTED.has(name))) this.#renewLater();
			}),
			live.onConnected(() => this.#renewLater()),
			() => clearTimeout(this.#renewing),
		];
		return () => stops.forEach((stop) => stop());
	}

	#renewLater(): void {
		this.#renewing ??= setTimeout(() => void this.#renew(), RENEW_MS);
	}

	async #renew(): Promise<void> {
		this.#renewing = undefined;
		try {
			this.current = await api.countSessions(this.#site === undefined ? {} : { site: this.#site });
		} catch {
			// The next fact, or the next connection, counts again.
		}
	}
}
