import { createContext } from 'svelte';
import { api, call, formatError } from '#lib/client/api/call.ts';
import { LiveList, type PageQuery } from '#lib/client/live/live-list.svelte.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { LiveValue } from '#lib/client/live/live-value.svelte.ts';
import { MAX_BULK_SESSIONS } from '#lib/contract/constants.ts';
import type { Page } from '#lib/contract/common.ts';
import type { Session, SessionCounts } from '#lib/contract/session.ts';
import {
	belongs,
	countArrivals,
	InboxChanges,
	mergeIntoList,
	mergeSessions,
	updateWithoutMoving,
} from './list-changes.ts';
import { buildListQuery, type InboxFilter } from './session-filter.ts';

/** The minimum time between two sorts of the list. */
const REORDER_INTERVAL_MS = 250;
/** Rows animate only if the list has not been sorted for this long. Otherwise, a busy list would never stop moving. */
const ANIMATION_PAUSE_MS = 1_000;

/** The inbox list of one filter, sorted by last activity. While the list is frozen, rows keep their places. */
export class InboxStore extends LiveList<Session> {
	readonly filter: InboxFilter;
	/** The most recently added rows, highlighted as new. */
	newIds = $state.raw<ReadonlySet<string>>(new Set());
	/** Whether rows may animate to new positions. */
	canAnimate = $state(true);
	/** The number of rows that will be added or move up when the list is released. */
	arrivalCount = $state(0);
	isLoadingMore = $state(false);
	error = $state<string | null>(null);
	protected override readonly pageSize = 100;
	protected override readonly debounceMs = 2_000;
	/** The listed chat sessions by id. */
	readonly #listed: Map<string, Session>;
	readonly #changes: InboxChanges;
	#isFrozen = false;
	/** Ids of unknown chat sessions that the current refresh may return. */
	#requestedIds: string[] = [];
	#reorderTimer: ReturnType<typeof setTimeout> | undefined;
	#reorderedAt = -Infinity;

	constructor(filter: InboxFilter, page: Page<Session>) {
		super(page);
		this.filter = filter;
		this.#listed = new Map(page.items.map((session) => [session.session_id, session]));
		this.#changes = new InboxChanges(this.#listed);
	}

	find(id: string): Session | undefined {
		return this.#listed.get(id);
	}

	/** Freezes the list: rows are updated in place, but none is added, removed or moved until `release`. */
	freeze(): void {
		this.#isFrozen = true;
	}

	release(): void {
		if (!this.#isFrozen) return;
		this.#isFrozen = false;
		this.#reorder();
	}

	/** Removes rows immediately, for the user's own actions. */
	remove(...ids: string[]): void {
		for (const id of ids) this.#listed.delete(id);
		this.items = this.items.filter((session) => this.#listed.has(session.session_id));
	}

	override apply(events: readonly LiveEvent[]): void {
		super.apply(events);
		if (this.#changes.changed.size > 0) this.#reorderSoon();
		if (this.#changes.hasUnknown) this.refreshSoon();
	}

	/** Fetches the next page; sets `error` on failure. */
	override async loadMore(): Promise<void> {
		if (!this.hasMore || this.isLoadingMore) return;
		this.isLoadingMore = true;
		this.error = null;
		try {
			await super.loadMore();
		} catch (error) {
			this.error = formatError(error);
		} finally {
			this.isLoadingMore = false;
		}
	}

	/** Fetches the ids of the chat sessions that match the filter, up to the limit of one bulk action. */
	async listMatchingIds(): Promise<{ ids: string[]; isTruncated: boolean }> {
		const { items, next_cursor } = await this.fetchTop(MAX_BULK_SESSIONS);
		return { ids: items.map((session) => session.session_id), isTruncated: next_cursor !== null };
	}

	protected fetch(query: PageQuery): Promise<Page<Session>> {
		return call(
			api.sessions.$get({ query: { ...buildListQuery(this.filter, Date.now()), ...query } }),
		);
	}

	protected applyEvent(event: LiveEvent): void {
		this.#changes.apply(event);
	}

	protected override append(more: readonly Session[]): void {
		const added = more.filter((session) => !this.#listed.has(session.session_id));
		for (const session of added) this.#listed.set(session.session_id, session);
		this.items = [...this.items, ...added];
	}

	protected override stop(): void {
		super.stop();
		clearTimeout(this.#reorderTimer);
	}

	protected override beforeRefresh(): void {
		this.#requestedIds = this.#changes.takeUnknownIds();
		this.#changes.touchedIds.clear();
	}

	/** Rows that events changed during the request are newer than the page. */
	protected override replaceTop(page: Page<Session>): void {
		const { changed, touchedIds } = this.#changes;
		const last = page.next_cursor === null ? undefined : page.items.at(-1);
		for (const listed of this.items) {
			if (last && listed.last_activity_at < last.last_activity_at) continue;
			if (!touchedIds.has(listed.session_id)) changed.set(listed.session_id, null);
		}
		for (const session of page.items) {
			if (touchedIds.has(session.session_id)) continue;
			const known = this.find(session.session_id);
			changed.set(session.session_id, mergeSessions(known, session));
			if (!known) this.#changes.setExcluded(session.session_id, false);
		}
		if (page.items.length >= this.items.length) this.cursor = page.next_cursor;
		this.#reorder();
		for (const id of this.#requestedIds) {
			if (!this.#changes.find(id)) this.#changes.setExcluded(id, true);
		}
	}

	#reorderSoon(): void {
		const wait = this.#reorderedAt + REORDER_INTERVAL_MS - performance.now();
		if (wait <= 0) this.#reorder();
		else this.#reorderTimer ??= setTimeout(() => this.#reorder(), wait);
	}

	#reorder(): void {
		clearTimeout(this.#reorderTimer);
		this.#reorderTimer = undefined;
		const at = performance.now();
		this.canAnimate = at - this.#reorderedAt > ANIMATION_PAUSE_MS;
		this.#reorderedAt = at;
		const { changed } = this.#changes;
		const merged = mergeIntoList(this.items, changed, this.filter, this.hasMore);
		if (this.#isFrozen) {
			this.arrivalCount = countArrivals(this.items, merged, changed);
			this.items = updateWithoutMoving(this.items, changed);
			for (const [id, session] of changed) {
				if (session && this.#listed.has(id)) this.#listed.set(id, session);
			}
			return;
		}
		this.#reindex();
		this.items = merged;
		this.arrivalCount = 0;
		changed.clear();
	}

	/** Applies the changes to the index behind `find`. */
	#reindex(): void {
		const last = this.hasMore ? this.items.at(-1) : undefined;
		const newIds = new Set<string>();
		for (const [id, session] of this.#changes.changed) {
			const isListed = this.#listed.has(id);
			const isMatch = belongs(session, this.filter, { isListed, last });
			if (isMatch && !isListed) newIds.add(id);
			if (isMatch) this.#listed.set(id, session);
			else this.#listed.delete(id);
			this.#changes.setExcluded(id, !isMatch);
		}
		this.newIds = newIds;
	}
}

const COUNTED_EVENTS = new Set<LiveEvent['name']>([
	'session.created',
	'session.updated',
	'session.completed',
	'session.deleted',
]);

/** The number of chat sessions in each view of the inbox. */
export class InboxCounts extends LiveValue<SessionCounts> {
	constructor(live: LiveSocket, counts: SessionCounts, site: string | undefined) {
		const source = {
			fetch: () => call(api.sessions.counts.$get({ query: site === undefined ? {} : { site } })),
			isRelevant: ({ name }: LiveEvent) => COUNTED_EVENTS.has(name),
			minIntervalMs: () => 2_000,
		};
		super(live, source, counts);
	}
}

export const [getInbox, setInbox] = createContext<() => InboxStore>();
