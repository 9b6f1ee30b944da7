import { api, ApiError, call } from '#lib/client/api/call.ts';
import { getTimeZone } from '#lib/client/format/times.ts';
import { LiveList, type PageQuery } from '#lib/client/live/live-list.svelte.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import type { Page, QaStatus } from '#lib/contract/common.ts';
import type { ReviewLock } from '#lib/contract/review.ts';
import type {
	QueueOrder,
	ReviewCounts,
	ReviewerCount,
	ReviewItem,
} from '#lib/contract/review-queue.ts';
import { startOfWeek } from './review-labels.ts';

const reviewLock = api.sessions[':session_id']['review-lock'];

/** Chats of one review status, with the counts of all statuses. */
export class ReviewList extends LiveList<ReviewItem> {
	readonly status: QaStatus;
	/** Whether only flagged chats are listed. */
	readonly isFlagged: boolean;
	readonly order: QueueOrder;
	counts: ReviewCounts;
	reviewers = $state.raw<readonly ReviewerCount[]>([]);
	protected override readonly debounceMs = 700;

	constructor(
		status: QaStatus,
		loaded: {
			page: Page<ReviewItem>;
			counts: ReviewCounts;
			isFlagged?: boolean;
			order?: QueueOrder;
		},
	) {
		super(loaded.page);
		this.status = status;
		this.isFlagged = loaded.isFlagged ?? false;
		this.order = loaded.order ?? 'oldest';
		this.counts = $state.raw(loaded.counts);
	}

	protected fetch(query: PageQuery): Promise<Page<ReviewItem>> {
		const { status: qa_status, order } = this;
		const filter = this.isFlagged ? { flagged: 'true' as const } : {};
		return call(api.reviews.$get({ query: { qa_status, order, ...filter, ...query } }));
	}

	protected override async fetchTop(rows: number): Promise<Page<ReviewItem>> {
		const [page, counts, reviewers] = await Promise.all([
			super.fetchTop(rows),
			call(api.reviews.counts.$get()).catch(() => this.counts),
			call(
				api.reviews.reviewers.$get({
					query: { from: startOfWeek(new Date(), getTimeZone()).toISOString() },
				}),
			)
				.then(({ items }) => items)
				.catch(() => this.reviewers),
		]);
		this.counts = counts;
		this.reviewers = reviewers;
		return page;
	}

	protected applyEvent({ name, payload }: LiveEvent): void {
		if (name === 'review.lock_changed') this.#update(payload.session_id, { lock: payload.lock });
		else if (name === 'session.updated') {
			this.#update(payload.session.session_id, { session: payload.session });
		} else if (name === 'review.submitted') {
			// A chat whose status changed leaves this list immediately; the refresh updates the counts.
			if (payload.review.qa_status !== this.status) {
				this.removeWhere((item) => isItemOfSession(item, payload.session_id));
			}
			this.refreshSoon();
		} else if (REFRESHING_EVENTS.has(name)) this.refreshSoon();
	}

	#update(id: string, changes: Partial<ReviewItem>): void {
		const item = this.items.find((candidate) => isItemOfSession(candidate, id));
		if (item) this.replace({ ...item, ...changes });
	}
}

/** Events that add, remove or move rows. */
const REFRESHING_EVENTS: ReadonlySet<LiveEvent['name']> = new Set([
	'review.queued',
	'session.deleted',
	'session.flagged',
	'flag.dismissed',
	'flag.restored',
] as const);

const isItemOfSession = ({ session }: ReviewItem, id: string) => session.session_id === id;

/** A lock expires after five minutes, so it is renewed well before that. */
const LOCK_RENEWAL_MS = 120_000;

/** The review lock of one chat session: claimed while the user reviews it, otherwise only watched. */
export class ReviewLockStore {
	lock = $state.raw<ReviewLock | null>(null);
	readonly #id: string;
	readonly #userId: number;
	readonly #isClaiming: boolean;

	constructor(id: string, userId: number, { isClaiming }: { isClaiming: boolean }) {
		this.#id = id;
		this.#userId = userId;
		this.#isClaiming = isClaiming;
	}

	/** The name of the teammate who holds the lock. */
	get teammate(): string | null {
		const { lock } = this;
		return lock && lock.reviewer.id !== this.#userId ? lock.reviewer.name : null;
	}

	/** Claims and renews the lock, or watches it, until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const renew = () => void this.#update();
		const release = () => {
			if (!this.#isClaiming) return;
			const param = { session_id: this.#id };
			// With `keepalive`, the request is sent even while the page is being closed.
			reviewLock.$delete({ param }, { init: { keepalive: true } }).catch(() => undefined);
		};
		const timer = setInterval(renew, LOCK_RENEWAL_MS);
		const stops = [
			live.onConnected(renew),
			live.subscribe((events) => {
				for (const { name, payload } of events) {
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

	async #update(): Promise<void> {
		try {
			this.lock = await (this.#isClaiming
				? call(reviewLock.$put({ param: { session_id: this.#id } }))
				: call(reviewLock.$get({ param: { session_id: this.#id } })));
		} catch (error) {
			if (!(error instanceof ApiError) || error.status !== 409) return;
			this.lock = await call(reviewLock.$get({ param: { session_id: this.#id } })).catch(
				() => this.lock,
			);
		}
	}
}
