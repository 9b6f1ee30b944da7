import type { ReviewLock } from '#lib/contract/review.ts';
import { ApiError } from '#lib/client/api-client.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { reviewApi } from './review-api.ts';

/** A lock holds for five minutes; renewed well before that. */
const RENEW_MS = 120_000;

/** Who reviews one chat session: in the queue this person, as long as they stay; elsewhere it is only shown. */
export class ReviewHold {
	lock = $state.raw<ReviewLock | null>(null);
	readonly #id: string;
	readonly #userId: number;
	readonly #isClaiming: boolean;

	constructor(id: string, userId: number, { isClaiming }: { isClaiming: boolean }) {
		this.#id = id;
		this.#userId = userId;
		this.#isClaiming = isClaiming;
	}

	/** The colleague who has it. */
	get colleague(): string | null {
		const { lock } = this;
		return lock && lock.reviewer.id !== this.#userId ? lock.reviewer.name : null;
	}

	/** Claims and renews, or looks on, until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const renew = () => void this.#look();
		const release = () => this.#isClaiming && reviewApi.release(this.#id);
		const timer = setInterval(renew, RENEW_MS);
		const stops = [
			live.onConnected(renew),
			live.subscribe((facts) => {
				for (const { name, payload } of facts) {
					if (name !== 'review.lock_changed' || payload.session_id !== this.#id) continue;
					this.lock = payload.lock;
				}
			}),
		];
		renew();
		addEventListener('pagehide', release);
		return () => {
			clearInterval(timer);
			removeEventListener('pagehide', release);
			stops.forEach((stop) => stop());
			release();
		};
	}

	async #look(): Promise<void> {
		try {
			this.lock = await (this.#isClaiming
				? reviewApi.claim(this.#id)
				: reviewApi.findLock(this.#id));
		} catch (error) {
			if (!(error instanceof ApiError) || error.status !== 409) return;
			this.lock = await reviewApi.findLock(this.#id).catch(() => this.lock);
		}
	}
}
