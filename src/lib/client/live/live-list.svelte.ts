import type { Page } from '#lib/contract/common.ts';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';

export type PageQuery = { limit?: string; cursor?: string };

/** As many rows as the API gives in one page. */
const MAX_PAGE = 200;
/** After a reconnect at most this many rows are fetched again; those below them stay as they were. */
const MAX_REFRESHED = 2_000;

/** Appends a page to a list, each row once: events may have brought some of its rows already. */
export function joined<T extends { id: number }>(list: readonly T[], more: readonly T[]): T[] {
	const known = new Set(list.map(({ id }) => id));
	return [...list, ...more.filter(({ id }) => !known.has(id))];
}

/**
 * A paged list that stays current: pages come from the API, events change single rows, and whatever may have been
 * missed is fetched again. Subclasses say what a page is and what an event changes.
 */
export abstract class LiveList<T extends { id: number }> {
	items = $state.raw<readonly T[]>([]);
	/** The next page's cursor; null at the end. */
	cursor = $state<string | null>(null);
	readonly hasMore = $derived(this.cursor !== null);
	/** Rows per page. */
	protected readonly pageSize: number = 50;
	/** Events within this time lead to one refresh. */
	protected readonly settleMs: number = 1_000;
	#settling: ReturnType<typeof setTimeout> | undefined;
	#refreshes = 0;
	#isLoading = false;
	/** Rows that events changed since the last refresh started, null for removed ones: its response may be older. */
	#touched = new Map<number, T | null>();

	constructor(page: Page<T>) {
		this.items = page.items;
		this.cursor = page.next_cursor;
	}

	/** Fetches one page; without a cursor the first. */
	protected abstract fetch(query: PageQuery): Promise<Page<T>>;

	/** Takes what one event changes. */
	protected abstract applyEvent(event: LiveEvent): void;

	/** Follows the socket until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const stops = [
			live.subscribe((events) => this.apply(events)),
			live.onConnected(() => void this.refresh()),
			() => this.stop(),
		];
		return () => stops.forEach((stop) => stop());
	}

	apply(events: readonly LiveEvent[]): void {
		for (const event of events) this.applyEvent(event);
	}

	/** Fetches the next page and appends it; rejects when that fails. */
	async loadMore(): Promise<void> {
		if (this.cursor === null || this.#isLoading) return;
		this.#isLoading = true;
		try {
			const page = await this.fetch({ limit: String(this.pageSize), cursor: this.cursor });
			this.append(page.items);
			this.cursor = page.next_cursor;
		} finally {
			this.#isLoading = false;
		}
	}

	/** Fetches the first `rows` again, all loaded ones by default; after a failure the list stays as it is. */
	async refresh(rows = this.items.length): Promise<void> {
		this.#clearTimer();
		const refresh = ++this.#refreshes;
		this.beforeRefresh();
		try {
			const page = await this.fetchTop(Math.min(MAX_REFRESHED, Math.max(this.pageSize, rows)));
			// A newer refresh knows more.
			if (refresh === this.#refreshes) this.replaceTop(page);
		} catch {
			// The next event or connection tries again.
		}
	}

	/** Fetches the top of the list again, once for all events within `settleMs`. */
	protected refreshSoon(): void {
		this.#settling ??= setTimeout(
			() => void this.refresh(Math.min(MAX_PAGE, this.items.length)),
			this.settleMs,
		);
	}

	/** Fetches the first `rows`, in as many pages as that takes. */
	protected async fetchTop(rows: number): Promise<Page<T>> {
		const items: T[] = [];
		let cursor: string | null = null;
		do {
			const limit = String(Math.min(MAX_PAGE, rows - items.length));
			const page: Page<T> = await this.fetch({ limit, ...(cursor !== null && { cursor }) });
			items.push(...page.items);
			cursor = page.next_cursor;
		} while (cursor !== null && items.length < rows);
		return { items, next_cursor: cursor };
	}

	protected append(more: readonly T[]): void {
		this.items = joined(this.items, more);
	}

	protected beforeRefresh(): void {
		this.#touched = new Map();
	}

	/** Puts fetched rows in the place of the ones they are newer than. */
	protected replaceTop({ items, next_cursor }: Page<T>): void {
		const fetched = new Set(items.map(({ id }) => id));
		const arrived = this.items.filter(({ id }) => this.#touched.get(id) && !fetched.has(id));
		const current = items.flatMap((row) => {
			const touched = this.#touched.get(row.id);
			return touched === undefined ? row : (touched ?? []);
		});
		const rest = next_cursor === null ? [] : this.#rowsBelow(items);
		this.items = joined([...arrived, ...current], rest);
		if (rest.length === 0) this.cursor = next_cursor;
	}

	/** Returns the rows below the last fetched one that is listed; none where the fetched rows share nothing with the list. */
	#rowsBelow(fetched: readonly T[]): readonly T[] {
		const places = new Map(this.items.map(({ id }, index) => [id, index]));
		const last = fetched.findLast(({ id }) => places.has(id));
		return last ? this.items.slice((places.get(last.id) ?? 0) + 1) : [];
	}

	/** Replaces a row where it stands; false when the list has no such row. */
	protected replace(row: T): boolean {
		const isListed = this.items.some(({ id }) => id === row.id);
		if (!isListed) return false;
		this.#touched.set(row.id, row);
		this.items = this.items.map((one) => (one.id === row.id ? row : one));
		return true;
	}

	/** Puts a row on top, from wherever it stood. */
	protected prepend(row: T): void {
		this.#touched.set(row.id, row);
		this.items = [row, ...this.items.filter(({ id }) => id !== row.id)];
	}

	protected removeWhere(isRemoved: (row: T) => boolean): void {
		for (const row of this.items) if (isRemoved(row)) this.#touched.set(row.id, null);
		this.items = this.items.filter((row) => !isRemoved(row));
	}

	/** Cancels what is due later. */
	protected stop(): void {
		this.#clearTimer();
	}

	#clearTimer(): void {
		clearTimeout(this.#settling);
		this.#settling = undefined;
	}
}
