import { sentenceOf } from '#lib/client/api/call.ts';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';

interface Source<T> {
	fetch: () => Promise<T>;
	/** Whether an event may have changed the value. */
	isConcerned: (event: LiveEvent) => boolean;
	/** The value is fetched at most this often. */
	everyMs: () => number;
	/** Also fetched after this time without events: for values that change with the clock. */
	atLeastEveryMs?: number;
}

/** A value from the server, fetched again when an event may have changed it. */
export class LiveValue<T> {
	value = $state.raw<T>();
	error = $state<string | null>(null);
	isLoading = $state(false);
	readonly #live: LiveSocket;
	readonly #source: Source<T>;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#fetchedAt = 0;
	/** The request whose response counts; older ones that arrive late are ignored. */
	#awaited: Promise<T> | undefined;

	constructor(live: LiveSocket, source: Source<T>, value?: T) {
		this.#live = live;
		this.#source = source;
		this.value = value;
	}

	/** Follows the socket until the returned function is called. */
	follow(): () => void {
		const showAgain = () => {
			if (document.visibilityState === 'visible') this.#refreshSoon();
		};
		const { atLeastEveryMs } = this.#source;
		const clock = atLeastEveryMs ? setInterval(showAgain, atLeastEveryMs) : undefined;
		const stops = [
			this.#live.subscribe((events) => {
				if (events.some(this.#source.isConcerned)) this.#refreshSoon();
			}),
			// Also on the first connect: events since the page was rendered were missed.
			this.#live.onConnected(() => this.#refreshSoon()),
			() => {
				clearTimeout(this.#timer);
				this.#timer = undefined;
			},
			() => clearInterval(clock),
			() => document.removeEventListener('visibilitychange', showAgain),
		];
		document.addEventListener('visibilitychange', showAgain);
		return () => stops.forEach((stop) => stop());
	}

	/** Replaces the value once the response arrives. */
	take(answer: Promise<T>): void {
		void this.#receive(answer, true);
	}

	#refreshSoon(): void {
		// A hidden page catches up when it becomes visible.
		if (this.#timer !== undefined || document.visibilityState !== 'visible') return;
		const wait = Math.max(0, this.#fetchedAt + this.#source.everyMs() - Date.now());
		this.#timer = setTimeout(() => {
			this.#timer = undefined;
			void this.#receive(this.#source.fetch(), false);
		}, wait);
	}

	async #receive(answer: Promise<T>, isAsked: boolean): Promise<void> {
		this.#awaited = answer;
		this.#fetchedAt = Date.now();
		if (isAsked) this.isLoading = true;
		try {
			const value = await answer;
			if (this.#awaited !== answer) return;
			this.value = value;
			this.error = null;
		} catch (error) {
			if (this.#awaited === answer) this.error = sentenceOf(error);
		} finally {
			if (this.#awaited === answer) this.isLoading = false;
		}
	}
}
