import { createContext } from 'svelte';
import { MOST_AT_ONCE } from '$lib/contract/bulk';
import type { Page } from '$lib/contract/common';
import type { Session } from '$lib/contract/session';
import { api, sentenceOf } from '$lib/client/api-client';
import type { Fact } from '$lib/client/live/facts';
import {
	belongs,
	countArrivals,
	mergeIntoList,
	newer,
	updateInPlace,
	withMessage,
} from '$lib/client/live/list-changes';
import type { LiveSocket } from '$lib/client/live/live-socket.svelte';
import { listQuery, type InboxFilter } from './session-filter';

const PAGE = 100;
const MAX_PAGE = 200;
/** After a lost connection this many rows are read again; what is below them is loaded when it is scrolled to. */
const MAX_CAUGHT_UP = 2_000;
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
	/** What is in the list, by its id. */
	#listed = new Map<string, Session>();
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
		this.#listed = indexOf(page.items);
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
			const page = await this.#read(PAGE, this.#nextCursor);
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
		const { items, next_cursor } = await this.#readTop(MOST_AT_ONCE);
		return { ids: items.map((session) => session.session_id), isCut: next_cursor !== null };
	}

	#read(limit: number, cursor: string | null): Promise<Page<Session>> {
		return api.listSessions({
			...listQuery(this.filter, Date.now()),
			limit: String(limit),
			...(cursor !== null && { cursor }),
		});
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
			for (const [id, session] of this.#changes) {
				if (session && this.#listed.has(id)) this.#listed.set(id, session);
			}
			return;
		}
		this.#reindex();
		this.items = merged;
		this.waiting = 0;
		this.#changes.clear();
	}

	/** Brings `find` in step with what has changed. */
	#reindex(): void {
		const last = this.hasMore ? this.items.at(-1) : undefined;
		const arrived = new Set<string>();
		for (const [id, session] of this.#changes) {
			const isListed = this.#listed.has(id);
			if (belongs(session, this.filter, { isListed, last })) {
				if (!isListed) arrived.add(id);
				this.#listed.set(id, session);
				this.#outside.delete(id);
			} else {
				this.#listed.delete(id);
				this.#outside.add(id);
			}
		}
		if (this.#outside.size > MAX_OUTSIDE) this.#outside.clear();
		this.arrived = arrived;
	}

	/** Reads the list again from its top: after a lost connection, and for messages of chats not loaded yet. */
	async #catchUp(): Promise<void> {
		clearTimeout(this.#refresh);
		this.#refresh = undefined;
		const asked = new Set(this.#unknown);
		this.#unknown.clear();
		const wanted = Math.min(MAX_CAUGHT_UP, Math.max(PAGE, this.items.length));
		try {
			this.#replaceTop(await this.#readTop(wanted));
			for (const id of asked) if (!this.#known(id)) this.#outside.add(id);
		} catch {
			// The next connection, or the next message, asks again.
		}
	}

	async #readTop(wanted: number): Promise<Page<Session>> {
		const items: Session[] = [];
		let cursor: string | null = null;
		do {
			const limit = Math.min(MAX_PAGE, wanted - items.length);
			const page: Page<Session> = await this.#read(limit, cursor);
			items.push(...page.items);
			cursor = page.next_cursor;
		} while (cursor !== null && items.length < wanted);
		return { items, next_cursor: cursor };
	}

	#replaceTop(page: Page<Session>): void {
		const last = page.next_cursor === null ? undefined : page.items.at(-1);
		for (const listed of this.items) {
			if (last && listed.last_activity_at < last.last_activity_at) continue;
			this.#changes.set(listed.session_id, null);
		}
		for (const session of page.items) {
			const known = this.find(session.session_id);
			this.#changes.set(session.session_id, newer(known, session));
			if (!known) this.#outside.delete(session.session_id);
		}
		if (page.items.length >= this.items.length) this.#nextCursor = page.next_cursor;
		this.#settle();
	}
}

const indexOf = (items: readonly Session[]) =>
	new Map(items.map((session) => [session.session_id, session]));

export const [getInbox, setInbox] = createContext<() => InboxStore>();
