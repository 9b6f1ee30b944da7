import { formatError } from '#lib/client/api/call.ts';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';

interface Source<T> {
	fetch: () => Promise<T>;
	/** Whether an event may have changed the value. */
	isRelevant: (event: LiveEvent) => boolean;
	/** The minimum time between two fetches. */
	minIntervalMs: () => number;
	/** The polling interval, for values that also change without an event. */
	maxIntervalMs?: number;
}

/** A value from the server, refetched when an event may have changed it. */
export class LiveValue<T> {
	value = $state.raw<T>();
	error = $state<string | null>(null);
	isLoading = $state(false);
	readonly #live: LiveSocket;
	readonly #source: Source<T>;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#fetchedAt = -Infinity;
	/** The latest request; responses to earlier ones are ignored. */
	#latestRequest: Promise<T> | undefined;

	constructor(live: LiveSocket, source: Source<T>, value?: T) {
		this.#live = live;
		this.#source = source;
		this.value = value;
	}

	/** Keeps the value current until the returned function is called. */
	follow(): () => void {
		const refreshIfVisible = () => {
			if (document.visibilityState === 'visible') this.#refreshSoon();
		};
		const { maxIntervalMs } = this.#source;
		const pollTimer = maxIntervalMs ? setInterval(refreshIfVisible, maxIntervalMs) : undefined;
		const stops = [
			this.#live.subscribe((events) => {
				if (events.some(this.#source.isRelevant)) this.#refreshSoon();
			}),
			// Also on the first connect: events since the server rendered the page were missed.
			this.#live.onConnected(() => this.#refreshSoon()),
			() => {
				clearTimeout(this.#timer);
				this.#timer = undefined;
			},
			() => clearInterval(pollTimer),
			() => document.removeEventListener('visibilitychange', refreshIfVisible),
		];
		document.addEventListener('visibilitychange', refreshIfVisible);
		return () => stops.forEach((stop) => stop());
	}

	/** Replaces the value once the response arrives. */
	replaceWith(response: Promise<T>): void {
		void this.#receive(response, true);
	}

	#refreshSoon(): void {
		// A hidden page catches up when it becomes visible.
		if (this.#timer !== undefined || document.visibilityState !== 'visible') return;
		const wait = Math.max(0, this.#fetchedAt + this.#source.minIntervalMs() - performance.now());
		this.#timer = setTimeout(() => {
			this.#timer = undefined;
			void this.#receive(this.#source.fetch(), false);
		}, wait);
	}

	async #receive(response: Promise<T>, showsLoading: boolean): Promise<void> {
		this.#latestRequest = response;
		this.#fetchedAt = performance.now();
		if (showsLoading) this.isLoading = true;
		try {
			const value = await response;
			if (this.#latestRequest !== response) return;
			this.value = value;
			this.error = null;
		} catch (error) {
			if (this.#latestRequest === response) this.error = formatError(error);
		} finally {
			if (this.#latestRequest === response) this.isLoading = false;
		}
	}
}
