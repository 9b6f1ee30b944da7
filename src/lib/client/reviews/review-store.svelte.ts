import type { Page, QaStatus } from '#lib/contract/common.ts';
import type { ReviewCounts, ReviewerCount, ReviewItem } from '#lib/contract/review-queue.ts';
import type { Fact } from '#lib/client/live/facts.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { timeZone } from '#lib/client/time-zone.ts';
import { reviewApi } from './review-api.ts';
import { startOfWeek } from './review-words.ts';

/** What changes at once is read again at once, at most this often. */
const REFRESH_MS = 700;
const MOST_AT_ONCE = 200;
const PAGE = 50;

/** One review list with the counts of all, kept up to date by facts. */
export class ReviewStore {
	readonly status: QaStatus;
	items = $state.raw<readonly ReviewItem[]>([]);
	cursor = $state<string | null>(null);
	counts: ReviewCounts;
	reviewers = $state.raw<readonly ReviewerCount[]>([]);
	#waiting: ReturnType<typeof setTimeout> | undefined;

	constructor(status: QaStatus, loaded: { page: Page<ReviewItem>; counts: ReviewCounts }) {
		this.status = status;
		this.items = loaded.page.items;
		this.cursor = loaded.page.next_cursor;
		this.counts = $state.raw(loaded.counts);
	}

	/** Follows the socket until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const stops = [
			live.subscribe((facts) => this.apply(facts)),
			live.onConnected(() => void this.refresh()),
			() => clearTimeout(this.#waiting),
		];
		return () => stops.forEach((stop) => stop());
	}

	apply(facts: Fact[]): void {
		for (const { name, payload } of facts) {
			if (name === 'review.lock_changed') {
				this.#change(payload.session_id, (item) => ({ ...item, lock: payload.lock }));
			} else if (name === 'session.updated') {
				const { session } = payload;
				this.#change(session.session_id, (item) => ({ ...item, session }));
			} else if (name === 'review.submitted') {
				// What was decided leaves this list at once; where it goes is read from the server.
				const isOut = payload.review.qa_status !== this.status;
				if (isOut) this.items = this.items.filter((item) => !isOf(item, payload.session_id));
				this.#refreshSoon();
			} else if (name === 'review.queued' || name === 'session.deleted') this.#refreshSoon();
		}
	}

	async loadMore(cursor: string): Promise<void> {
		const page = await reviewApi.list(this.status, { limit: String(PAGE), cursor });
		const listed = new Set(this.items.map(({ id }) => id));
		this.items = [...this.items, ...page.items.filter(({ id }) => !listed.has(id))];
		this.cursor = page.next_cursor;
	}

	/** Reads again what may have changed elsewhere; the next fact tries again if it fails. */
	async refresh(): Promise<void> {
		const limit = Math.min(MOST_AT_ONCE, Math.max(PAGE, this.items.length));
		const [page, counts, reviewers] = await Promise.all([
			reviewApi.list(this.status, { limit: String(limit) }).catch(() => undefined),
			reviewApi.counts().catch(() => this.counts),
			reviewApi.reviewers(startOfWeek(new Date(), timeZone())).catch(() => this.reviewers),
		]);
		this.counts = counts;
		this.reviewers = reviewers;
		if (!page) return;
		this.items = page.items;
		this.cursor = page.next_cursor;
	}

	#change(id: string, change: (item: ReviewItem) => ReviewItem): void {
		this.items = this.items.map((item) => (isOf(item, id) ? change(item) : item));
	}

	#refreshSoon(): void {
		this.#waiting ??= setTimeout(() => {
			this.#waiting = undefined;
			void this.refresh();
		}, REFRESH_MS);
	}
}

const isOf = ({ session }: ReviewItem, id: string) => session.session_id === id;
