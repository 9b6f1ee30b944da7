import type { Page } from '#lib/contract/common.ts';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';

export type PageQuery = { limit?: string; cursor?: string };

/** The API's maximum page size. */
const MAX_PAGE_SIZE = 200;
/** The maximum number of rows that are refetched after a reconnect; rows below them stay unchanged. */
const MAX_REFRESHED_ROWS = 2_000;

/** Appends a page to a list without duplicates: events may have added some of its rows already. */
export function appendUnique<T extends { id: number }>(
	list: readonly T[],
	more: readonly T[],
): T[] {
	const known = new Set(list.map(({ id }) => id));
	return [...list, ...more.filter(({ id }) => !known.has(id))];
}

/**
 * A paginated list that stays current: pages come from the API, events update rows, and a reconnect refetches the
 * loaded rows. Subclasses define how to fetch a page and what an event changes.
 */
export abstract class LiveList<T extends { id: number }> {
	items = $state.raw<readonly T[]>([]);
	/** The next page's cursor; null at the end. */
	cursor = $state<string | null>(null);
	readonly hasMore = $derived(this.cursor !== null);
	/** Rows per page. */
	protected readonly pageSize: number = 50;
	/** Debounces events into one refresh. */
	protected readonly debounceMs: number = 1_000;
	#refreshTimer: ReturnType<typeof setTimeout> | undefined;
	#refreshCount = 0;
	#isLoading = false;
	/** Rows that events changed since the last refresh started, null for removed ones. The refresh's response may be older. */
	#touched = new Map<number, T | null>();

	constructor(page: Page<T>) {
		this.items = page.items;
		this.cursor = page.next_cursor;
	}

	/** Fetches one page: the first if there is no cursor. */
	protected abstract fetch(query: PageQuery): Promise<Page<T>>;

	/** Applies an event to the list. */
	protected abstract applyEvent(event: LiveEvent): void;

	/** Applies the socket's events until the returned function is called. */
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

	/** Refetches the first `rows`, by default all loaded ones; on failure the list stays unchanged. */
	async refresh(rows = this.items.length): Promise<void> {
		this.#clearTimer();
		const refresh = ++this.#refreshCount;
		this.beforeRefresh();
		try {
			const page = await this.fetchTop(Math.min(MAX_REFRESHED_ROWS, Math.max(this.pageSize, rows)));
			// A newer refresh supersedes this one.
			if (refresh === this.#refreshCount) this.replaceTop(page);
		} catch {
			// The next event or reconnect tries again.
		}
	}

	/** Refetches the top of the list, debounced. */
	protected refreshSoon(): void {
		this.#refreshTimer ??= setTimeout(
			() => void this.refresh(Math.min(MAX_PAGE_SIZE, this.items.length)),
			this.debounceMs,
		);
	}

	/** Fetches the first `rows`, page by page. */
	protected async fetchTop(rows: number): Promise<Page<T>> {
		const items: T[] = [];
		let cursor: string | null = null;
		do {
			const limit = String(Math.min(MAX_PAGE_SIZE, rows - items.length));
			const page: Page<T> = await this.fetch({ limit, ...(cursor !== null && { cursor }) });
			items.push(...page.items);
			cursor = page.next_cursor;
		} while (cursor !== null && items.length < rows);
		return { items, next_cursor: cursor };
	}

	protected append(more: readonly T[]): void {
		this.items = appendUnique(this.items, more);
	}

	protected beforeRefresh(): void {
		this.#touched = new Map();
	}

	/** Replaces the top of the list with fetched rows, except rows that events changed in the meantime. */
	protected replaceTop({ items, next_cursor }: Page<T>): void {
		const fetched = new Set(items.map(({ id }) => id));
		const arrived = this.items.filter(({ id }) => this.#touched.get(id) && !fetched.has(id));
		const current = items.flatMap((row) => {
			const touched = this.#touched.get(row.id);
			return touched === undefined ? row : (touched ?? []);
		});
		const rest = next_cursor === null ? [] : this.#listRowsBelow(items);
		this.items = appendUnique([...arrived, ...current], rest);
		if (rest.length === 0) this.cursor = next_cursor;
	}

	/** Returns the rows below the last fetched one; empty if the list contains none of the fetched rows. */
	#listRowsBelow(fetched: readonly T[]): readonly T[] {
		const indexById = new Map(this.items.map(({ id }, index) => [id, index]));
		const last = fetched.findLast(({ id }) => indexById.has(id));
		return last ? this.items.slice((indexById.get(last.id) ?? 0) + 1) : [];
	}

	/** Replaces a row in place; returns false if it isn't in the list. */
	protected replace(row: T): boolean {
		const isListed = this.items.some(({ id }) => id === row.id);
		if (!isListed) return false;
		this.#touched.set(row.id, row);
		this.items = this.items.map((item) => (item.id === row.id ? row : item));
		return true;
	}

	/** Adds a row at the top, or moves it there. */
	protected prepend(row: T): void {
		this.#touched.set(row.id, row);
		this.items = [row, ...this.items.filter(({ id }) => id !== row.id)];
	}

	protected removeWhere(isRemoved: (row: T) => boolean): void {
		for (const row of this.items) if (isRemoved(row)) this.#touched.set(row.id, null);
		this.items = this.items.filter((row) => !isRemoved(row));
	}

	/** Cancels a scheduled refresh. */
	protected stop(): void {
		this.#clearTimer();
	}

	#clearTimer(): void {
		clearTimeout(this.#refreshTimer);
		this.#refreshTimer = undefined;
	}
}
