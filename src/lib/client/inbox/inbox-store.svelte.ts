import { createContext } from 'svelte';
import { MOST_AT_ONCE } from '#lib/contract/bulk.ts';
import type { Page } from '#lib/contract/common.ts';
import type { Session } from '#lib/contract/session.ts';
import { sentenceOf } from '#lib/client/api-client.ts';
import type { Fact } from '#lib/client/live/facts.ts';
import {
	belongs,
	countArrivals,
	mergeIntoList,
	newer,
	updateInPlace,
} from '#lib/client/live/list-changes.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { InboxChanges } from './inbox-changes.ts';
import type { InboxFilter } from './session-filter.ts';
import { readPage, readTop } from './session-pages.ts';

const PAGE = 100;
/** After a lost connection this many rows are read again; what is below them is loaded when it is scrolled to. */
const MAX_CAUGHT_UP = 2_000;
const REFRESH_MS = 2_000;
/** The list is put in order at most this often: many events are one change to whoever reads. */
const SETTLE_MS = 250;
/** Rows glide to new places only when it is this long since they last moved: a busy list would never rest. */
const CALM_MS = 1_000;

/** The inbox list of one filter: pages from the server, kept up to date by facts. */
export class InboxStore {
	readonly filter: InboxFilter;
	items = $state.raw<readonly Session[]>([]);
	/** What came in last, to be shown as new. */
	arrived = $state.raw<ReadonlySet<string>>(new Set());
	/** Whether rows may glide to their places. */
	isCalm = $state(true);
	/** How many rows would come in at the top if the list were not held. */
	waiting = $state(0);
	isLoadingMore = $state(false);
	error = $state<string | null>(null);
	#nextCursor = $state<string | null>(null);
	readonly hasMore = $derived(this.#nextCursor !== null);
	/** What is in the list, by its id. */
	readonly #listed: Map<string, Session>;
	readonly #changes: InboxChanges;
	#isHeld = false;
	#asks = 0;
	#refresh: ReturnType<typeof setTimeout> | undefined;
	#settling: ReturnType<typeof setTimeout> | undefined;
	#settledAt = 0;

	constructor(filter: InboxFilter, page: Page<Session>) {
		this.filter = filter;
		this.items = page.items;
		this.#listed = indexOf(page.items);
		this.#changes = new InboxChanges(this.#listed);
		this.#nextCursor = page.next_cursor;
	}

	/** Follows the socket until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const stops = [
			live.subscribe((facts) => this.apply(facts)),
			live.onConnected(() => void this.#catchUp()),
			() => clearTimeout(this.#refresh),
			() => clearTimeout(this.#settling),
		];
		return () => stops.forEach((stop) => stop());
	}

	find(id: string): Session | undefined {
		return this.#listed.get(id);
	}

	/** While held, rows change where they are; none enters, leaves or moves. */
	hold(): void {
		this.#isHeld = true;
	}

	release(): void {
		if (!this.#isHeld) return;
		this.#isHeld = false;
		this.#settle();
	}

	/** Takes a row out at once: for what the person did themselves. */
	drop(...ids: string[]): void {
		for (const id of ids) this.#listed.delete(id);
		this.items = this.items.filter((session) => this.#listed.has(session.session_id));
	}

	apply(facts: Fact[]): void {
		for (const fact of facts) this.#changes.note(fact);
		if (this.#changes.changed.size > 0) this.#settleSoon();
		if (this.#changes.hasUnknown) {
			this.#refresh ??= setTimeout(() => void this.#catchUp(), REFRESH_MS);
		}
	}

	async loadMore(): Promise<void> {
		if (this.#nextCursor === null || this.isLoadingMore) return;
		this.isLoadingMore = true;
		this.error = null;
		try {
			const page = await readPage(this.filter, PAGE, this.#nextCursor);
			const added = page.items.filter((item) => !this.#listed.has(item.session_id));
			for (const session of added) this.#listed.set(session.session_id, session);
			this.items = [...this.items, ...added];
			this.#nextCursor = page.next_cursor;
		} catch (error) {
			this.error = sentenceOf(error);
		} finally {
			this.isLoadingMore = false;
		}
	}

	/** What the filter finds at the server now, as many as one act can take. */
	async matchingIds(): Promise<{ ids: string[]; isCut: boolean }> {
		const { items, next_cursor } = await readTop(this.filter, MOST_AT_ONCE);
		return { ids: items.map((session) => session.session_id), isCut: next_cursor !== null };
	}

	#settleSoon(): void {
		const wait = this.#settledAt + SETTLE_MS - Date.now();
		if (wait <= 0) this.#settle();
		else this.#settling ??= setTimeout(() => this.#settle(), wait);
	}

	#settle(): void {
		clearTimeout(this.#settling);
		this.#settling = undefined;
		const at = Date.now();
		this.isCalm = at - this.#settledAt > CALM_MS;
		this.#settledAt = at;
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

	/** Reads the list again from its top: after a lost connection, and for messages of chats not loaded yet. */
	async #catchUp(): Promise<void> {
		clearTimeout(this.#refresh);
		this.#refresh = undefined;
		const ask = ++this.#asks;
		const asked = this.#changes.takeUnknown();
		this.#changes.told.clear();
		const wanted = Math.min(MAX_CAUGHT_UP, Math.max(PAGE, this.items.length));
		try {
			const page = await readTop(this.filter, wanted);
			// A newer question's answer knows more.
			if (ask !== this.#asks) return;
			this.#replaceTop(page);
			for (const id of asked) if (!this.#changes.known(id)) this.#changes.setOutside(id, true);
		} catch {
			// The next connection, or the next message, asks again.
		}
	}

	/** What facts told of while the page was on its way is newer than the page. */
	#replaceTop(page: Page<Session>): void {
		const { changed, told } = this.#changes;
		const last = page.next_cursor === null ? undefined : page.items.at(-1);
		for (const listed of this.items) {
			if (last && listed.last_activity_at < last.last_activity_at) continue;
			if (!told.has(listed.session_id)) changed.set(listed.session_id, null);
		}
		for (const session of page.items) {
			if (told.has(session.session_id)) continue;
			const known = this.find(session.session_id);
			changed.set(session.session_id, newer(known, session));
			if (!known) this.#changes.setOutside(session.session_id, false);
		}
		if (page.items.length >= this.items.length) this.#nextCursor = page.next_cursor;
		this.#settle();
	}
}

const indexOf = (items: readonly Session[]) =>
	new Map(items.map((session) => [session.session_id, session]));

export const [getInbox, setInbox] = createContext<() => InboxStore>();
