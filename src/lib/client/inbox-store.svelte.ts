import { createContext } from 'svelte';
import type { Page } from '$lib/contract/common';
import type { Session } from '$lib/contract/session';
import { api, sentenceOf } from './api-client';
import type { Fact } from './facts';
import { countArrivals, mergeIntoList, newer, updateInPlace, withMessage } from './list-changes';
import type { LiveSocket } from './live-socket.svelte';
import { listQuery, matchesFilter, type InboxFilter } from './session-filter';

const PAGE = 50;
const MAX_PAGE = 200;
const REFRESH_MS = 2_000;
/** The list is put in order at most this often: many events are one change to whoever reads. */
const SETTLE_MS = 250;
/** Rows glide to new places only when it is this long since they last moved: a busy list would never rest. */
const CALM_MS = 1_000;
/** Chat sessions known to be outside of the filter; forgotten when there are too many. */
const MAX_OUTSIDE = 5_000;

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
	#isHeld = false;
	#changes = new Map<string, Session | null>();
	#unknown = new Set<string>();
	#outside = new Set<string>();
	#refresh: ReturnType<typeof setTimeout> | undefined;
	#settling: ReturnType<typeof setTimeout> | undefined;
	#settledAt = 0;

	constructor(filter: InboxFilter, page: Page<Session>) {
		this.filter = filter;
		this.items = page.items;
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
		return this.items.find((session) => session.session_id === id);
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
	drop(id: string): void {
		this.items = this.items.filter((session) => session.session_id !== id);
	}

	apply(facts: Fact[]): void {
		for (const fact of facts) this.#note(fact);
		if (this.#changes.size > 0) this.#settleSoon();
		if (this.#unknown.size > 0) {
			this.#refresh ??= setTimeout(() => void this.#catchUp(), REFRESH_MS);
		}
	}

	async loadMore(): Promise<void> {
		if (this.#nextCursor === null || this.isLoadingMore) return;
		this.isLoadingMore = true;
		this.error = null;
		try {
			const page = await api.listSessions({
				...listQuery(this.filter),
				limit: String(PAGE),
				cursor: this.#nextCursor,
			});
			const listed = new Set(this.items.map((session) => session.session_id));
			this.items = [...this.items, ...page.items.filter((item) => !listed.has(item.session_id))];
			this.#nextCursor = page.next_cursor;
		} catch (error) {
			this.error = sentenceOf(error);
		} finally {
			this.isLoadingMore = false;
		}
	}

	#known(id: string): Session | undefined {
		const changed = this.#changes.get(id);
		return changed === undefined ? this.find(id) : (changed ?? undefined);
	}

	#note(fact: Fact): void {
		switch (fact.name) {
			case 'session.created':
			case 'session.updated':
			case 'session.completed': {
				const { session } = fact.payload;
				this.#changes.set(session.session_id, newer(this.#known(session.session_id), session));
				return;
			}
			case 'session.deleted':
				this.#changes.set(fact.payload.session_id, null);
				return;
			case 'message.created': {
				const { session_id, message } = fact.payload;
				const known = this.#known(session_id);
				if (known) this.#changes.set(session_id, withMessage(known, message));
				else if (!this.#outside.has(session_id)) this.#unknown.add(session_id);
				return;
			}
			case 'lead.updated': {
				const known = this.#known(fact.payload.session_id);
				const name = fact.payload.lead.name;
				if (known) this.#changes.set(known.session_id, { ...known, visitor_name: name });
				return;
			}
			default:
				return;
		}
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
		const merged = mergeIntoList(this.items, this.#changes, this.filter, this.hasMore);
		if (this.#isHeld) {
			this.waiting = countArrivals(this.items, merged, this.#changes);
			this.items = updateInPlace(this.items, this.#changes);
			return;
		}
		for (const [id, session] of this.#changes) {
			if (session && matchesFilter(session, this.filter, true)) this.#outside.delete(id);
			else this.#outside.add(id);
		}
		if (this.#outside.size > MAX_OUTSIDE) this.#outside.clear();
		const listed = new Set(this.items.map((session) => session.session_id));
		this.arrived = new Set(
			merged.map((session) => session.session_id).filter((id) => !listed.has(id)),
		);
		this.items = merged;
		this.waiting = 0;
		this.#changes.clear();
	}

	/** Reads the top of the list again: after a lost connection, and for messages of chats not loaded yet. */
	async #catchUp(): Promise<void> {
		clearTimeout(this.#refresh);
		this.#refresh = undefined;
		const asked = new Set(this.#unknown);
		this.#unknown.clear();
		const limit = Math.min(MAX_PAGE, Math.max(PAGE, this.items.length));
		try {
			const page = await api.listSessions({ ...listQuery(this.filter), limit: String(limit) });
			this.#replaceTop(page);
			for (const id of asked) if (!this.#known(id)) this.#outside.add(id);
		} catch {
			// The next connection, or the next message, asks again.
		}
	}

	#replaceTop(page: Page<Session>): void {
		const last = page.next_cursor === null ? undefined : page.items.at(-1);
		for (const listed of this.items) {
			if (last && listed.last_activity_at < last.last_activity_at) continue;
			this.#changes.set(listed.session_id, null);
		}
		for (const session of page.items) {
			this.#changes.set(session.session_id, newer(this.find(session.session_id), session));
		}
		if (page.items.length >= this.items.length) this.#nextCursor = page.next_cursor;
		this.#settle();
	}
}

export const [getInbox, setInbox] = createContext<() => InboxStore>();
