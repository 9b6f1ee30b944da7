import type { Page } from '#lib/contract/common.ts';
import type { Delivery } from '#lib/contract/delivery.ts';
import { automationApi } from './automation-api.ts';
import { viewQuery, type AutomationView } from './automation-filter.ts';
import type { Fact } from '#lib/client/live/facts.ts';
import { joined } from '#lib/client/live/joined.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';

/** Deliveries of one view, newest first, kept up to date by facts. */
export class DeliveryList {
	items = $state.raw<readonly Delivery[]>([]);
	cursor = $state<string | null>(null);
	readonly view: AutomationView;

	constructor(view: AutomationView, page: Page<Delivery>) {
		this.view = view;
		this.items = page.items;
		this.cursor = page.next_cursor;
	}

	/** What the API is asked with. */
	get query(): Record<string, string> {
		return viewQuery(this.view, new Date());
	}

	/** Follows the socket until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const stops = [
			live.subscribe((facts) => this.hear(facts)),
			live.onConnected(() => void this.#refresh()),
		];
		return () => stops.forEach((stop) => stop());
	}

	hear(facts: Fact[]): void {
		for (const { name, payload } of facts) {
			if (name === 'delivery.updated') this.take(payload.delivery);
			// They go with their chat.
			if (name === 'session.deleted') {
				this.items = this.items.filter(({ session_id }) => session_id !== payload.session_id);
			}
		}
	}

	/** Takes a delivery as it is now: one that is listed stays where somebody may be reading it. */
	take(delivery: Delivery): void {
		const isListed = this.items.some(({ id }) => id === delivery.id);
		if (isListed) this.items = this.items.map((one) => (one.id === delivery.id ? delivery : one));
		else if (this.#isShown(delivery) && delivery.id > (this.items[0]?.id ?? 0)) {
			this.items = [delivery, ...this.items];
		}
	}

	async more(cursor: string): Promise<void> {
		const page = await automationApi.listDeliveries({ ...this.query, cursor });
		this.items = joined(this.items, page.items);
		this.cursor = page.next_cursor;
	}

	#isShown(delivery: Delivery): boolean {
		const { status, site, event, endpoint_id } = this.view;
		const is = (wanted: string | undefined, actual: string) =>
			wanted === undefined || wanted === actual;
		return (
			is(status, delivery.status) &&
			is(site, delivery.site) &&
			is(event, delivery.event) &&
			is(endpoint_id, String(delivery.endpoint_id))
		);
	}

	async #refresh(): Promise<void> {
		if (this.items.length > 50) return;
		const page = await automationApi.listDeliveries(this.query).catch(() => undefined);
		if (!page) return;
		this.items = page.items;
		this.cursor = page.next_cursor;
	}
}
