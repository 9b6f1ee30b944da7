import { createContext } from 'svelte';
import { api, call, sentenceOf } from '#lib/client/api/call.ts';
import { LiveList, type PageQuery } from '#lib/client/live/live-list.svelte.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { LiveValue } from '#lib/client/live/live-value.svelte.ts';
import { MAX_BULK_SESSIONS } from '#lib/contract/inbox.ts';
import type { Page } from '#lib/contract/common.ts';
import type { Session, SessionCounts } from '#lib/contract/session.ts';
import {
	belongs,
	countArrivals,
	InboxChanges,
	mergeIntoList,
	newer,
	updateInPlace,
} from './list-changes.ts';
import { listQuery, type InboxFilter } from './session-filter.ts';

/** The list is put in order at most this often, however many events arrive. */
const ORDER_MS = 250;
/** Rows glide to new places only when they have not moved for this long: a busy list would never rest. */
const CALM_MS = 1_000;

/** The inbox list of one filter. Rows stay in order of activity, or in place while the list is held. */
export class InboxStore extends LiveList<Session> {
	readonly filter: InboxFilter;
	/** The rows that entered last, to be shown as new. */
	arrived = $state.raw<ReadonlySet<string>>(new Set());
	/** Whether rows may glide to their places. */
	isCalm = $state(true);
	/** How many rows would enter at the top if the list were not held. */
	waiting = $state(0);
	isLoadingMore = $state(false);
	error = $state<string | null>(null);
	protected override readonly pageSize = 100;
	protected override readonly settleMs = 2_000;
	/** The listed chat sessions by id. */
	readonly #listed: Map<string, Session>;
	readonly #changes: InboxChanges;
	#isHeld = false;
	/** Chat sessions that the current refresh may find. */
	#asked: string[] = [];
	#ordering: ReturnType<typeof setTimeout> | undefined;
	#orderedAt = 0;

	constructor(filter: InboxFilter, page: Page<Session>) {
		super(page);
		this.filter = filter;
		this.#listed = new Map(page.items.map((session) => [session.session_id, session]));
		this.#changes = new InboxChanges(this.#listed);
	}

	find(id: string): Session | undefined {
		return this.#listed.get(id);
	}

	/** While the list is held, rows change in place; none enters, leaves or moves. */
	hold(): void {
		this.#isHeld = true;
	}

	release(): void {
		if (!this.#isHeld) return;
		this.#isHeld = false;
		this.#order();
	}

	/** Removes rows at once: for what the person did themselves. */
	drop(...ids: string[]): void {
		for (const id of ids) this.#listed.delete(id);
		this.items = this.items.filter((session) => this.#listed.has(session.session_id));
	}

	override apply(events: readonly LiveEvent[]): void {
		super.apply(events);
		if (this.#changes.changed.size > 0) this.#orderSoon();
		if (this.#changes.hasUnknown) this.refreshSoon();
	}

	/** Fetches the next page; a failure is shown in `error`. */
	override async loadMore(): Promise<void> {
		if (!this.hasMore || this.isLoadingMore) return;
		this.isLoadingMore = true;
		this.error = null;
		try {
			await super.loadMore();
		} catch (error) {
			this.error = sentenceOf(error);
		} finally {
			this.isLoadingMore = false;
		}
	}

	/** Returns what the filter finds on the server now, as many as one bulk action takes. */
	async matchingIds(): Promise<{ ids: string[]; isCut: boolean }> {
		const { items, next_cursor } = await this.fetchTop(MAX_BULK_SESSIONS);
		return { ids: items.map((session) => session.session_id), isCut: next_cursor !== null };
	}

	protected fetch(query: PageQuery): Promise<Page<Session>> {
		return call(api.sessions.$get({ query: { ...listQuery(this.filter, Date.now()), ...query } }));
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
		clearTimeout(this.#ordering);
	}

	protected override beforeRefresh(): void {
		this.#asked = this.#changes.takeUnknown();
		this.#changes.touched.clear();
	}

	/** Rows that events changed while the page was on its way are newer than the page. */
	protected override replaceTop(page: Page<Session>): void {
		const { changed, touched } = this.#changes;
		const last = page.next_cursor === null ? undefined : page.items.at(-1);
		for (const listed of this.items) {
			if (last && listed.last_activity_at < last.last_activity_at) continue;
			if (!touched.has(listed.session_id)) changed.set(listed.session_id, null);
		}
		for (const session of page.items) {
			if (touched.has(session.session_id)) continue;
			const known = this.find(session.session_id);
			changed.set(session.session_id, newer(known, session));
			if (!known) this.#changes.setOutside(session.session_id, false);
		}
		if (page.items.length >= this.items.length) this.cursor = page.next_cursor;
		this.#order();
		for (const id of this.#asked) {
			if (!this.#changes.known(id)) this.#changes.setOutside(id, true);
		}
	}

	#orderSoon(): void {
		const wait = this.#orderedAt + ORDER_MS - Date.now();
		if (wait <= 0) this.#order();
		else this.#ordering ??= setTimeout(() => this.#order(), wait);
	}

	#order(): void {
		clearTimeout(this.#ordering);
		this.#ordering = undefined;
		const at = Date.now();
		this.isCalm = at - this.#orderedAt > CALM_MS;
		this.#orderedAt = at;
		const { changed } = this.#changes;
		const merged = mergeIntoList(this.items, changed, this.filter, this.hasMore);
		if (this.#isHeld) {
			this.waiting = countArrivals(this.items, merged, changed);
			this.items = updateInPlace(this.items, changed);
			for (const [id, session] of changed) {
				if (session && this.#listed.has(id)) this.#listed.set(id, session);
			}
			return;
		}
		this.#reindex();
		this.items = merged;
		this.waiting = 0;
		changed.clear();
	}

	/** Brings `find` in step with what has changed. */
	#reindex(): void {
		const last = this.hasMore ? this.items.at(-1) : undefined;
		const arrived = new Set<string>();
		for (const [id, session] of this.#changes.changed) {
			const isListed = this.#listed.has(id);
			const isInside = belongs(session, this.filter, { isListed, last });
			if (isInside && !isListed) arrived.add(id);
			if (isInside) this.#listed.set(id, session);
			else this.#listed.delete(id);
			this.#changes.setOutside(id, !isInside);
		}
		this.arrived = arrived;
	}
}

const COUNTED = new Set<LiveEvent['name']>([
	'session.created',
	'session.updated',
	'session.completed',
	'session.deleted',
]);

/** How many chat sessions each view of the inbox has. */
export class InboxCounts extends LiveValue<SessionCounts> {
	constructor(live: LiveSocket, counts: SessionCounts, site: string | undefined) {
		const source = {
			fetch: () => call(api.sessions.counts.$get({ query: site === undefined ? {} : { site } })),
			isConcerned: ({ name }: LiveEvent) => COUNTED.has(name),
			everyMs: () => 2_000,
		};
		super(live, source, counts);
	}
}

export const [getInbox, setInbox] = createContext<() => InboxStore>();
