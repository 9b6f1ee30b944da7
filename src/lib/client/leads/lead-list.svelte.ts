import type { Page } from '#lib/contract/common.ts';
import type { Lead } from '#lib/contract/lead.ts';
import type { LeadItem } from '#lib/contract/lead-list.ts';
import type { Fact } from '#lib/client/live/facts.ts';
import { joined } from '#lib/client/live/joined.ts';
import { leadApi } from './lead-api.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';

/** Many changes at once are one reading. */
const REFRESH_MS = 1_000;
const PAGE = 50;
const MOST_AT_ONCE = 200;

/** The leads of one view, one row a person, kept up to date by facts. */
export class LeadList {
	items = $state.raw<readonly LeadItem[]>([]);
	cursor = $state<string | null>(null);
	readonly #query: () => Record<string, string>;
	#waiting: ReturnType<typeof setTimeout> | undefined;

	constructor(query: () => Record<string, string>, page: Page<LeadItem>) {
		this.#query = query;
		this.items = page.items;
		this.cursor = page.next_cursor;
	}

	/** Follows the socket until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const stops = [
			live.subscribe((facts) => this.apply(facts)),
			live.onConnected(() => void this.#refresh()),
			() => clearTimeout(this.#waiting),
		];
		return () => stops.forEach((stop) => stop());
	}

	apply(facts: Fact[]): void {
		for (const { name, payload } of facts) {
			if (name === 'lead.updated' || name === 'lead.overdue') {
				this.take(payload.lead);
				this.#refreshSoon();
			} else if (name === 'session.completed' || name === 'session.updated') {
				const { session_id, completion_status, completed_at } = payload.session;
				this.#change(session_id, { completion_status, completed_at });
			} else if (name === 'delivery.updated' && payload.delivery.event.startsWith('lead.')) {
				const { session_id, status, attempt_count, next_attempt_at } = payload.delivery;
				this.#change(session_id, { delivery: { status, attempt_count, next_attempt_at } });
			} else if (name === 'session.deleted') {
				this.items = this.items.filter(({ session_id }) => session_id !== payload.session_id);
			}
		}
	}

	/** What is known of a lead now, in its place. */
	take(lead: Lead): void {
		this.#change(lead.session_id, lead);
	}

	async loadMore(cursor: string): Promise<void> {
		const page = await leadApi.list({ ...this.#query(), cursor, limit: String(PAGE) });
		this.items = joined(this.items, page.items);
		this.cursor = page.next_cursor;
	}

	#change(id: string | null, changes: Partial<LeadItem>): void {
		if (!this.items.some(({ session_id }) => session_id === id)) return;
		this.items = this.items.map((item) =>
			item.session_id === id ? { ...item, ...changes } : item,
		);
	}

	#refreshSoon(): void {
		this.#waiting ??= setTimeout(() => {
			this.#waiting = undefined;
			void this.#refresh();
		}, REFRESH_MS);
	}

	/** Reads the list again; the next fact tries again if it fails. */
	async #refresh(): Promise<void> {
		const limit = String(Math.min(MOST_AT_ONCE, Math.max(PAGE, this.items.length)));
		const page = await leadApi.list({ ...this.#query(), limit }).catch(() => undefined);
		if (!page) return;
		this.items = page.items;
		this.cursor = page.next_cursor;
	}
}
