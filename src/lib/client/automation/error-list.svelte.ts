import type { ErrorGroup } from '#lib/contract/automation-error.ts';
import type { Page } from '#lib/contract/common.ts';
import { automationApi } from './automation-api.ts';
import { errorsQuery, type AutomationView } from './automation-filter.ts';
import type { Fact } from '#lib/client/live/facts.ts';
import { joined } from '#lib/client/live/joined.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';

/** Groups of failures of one view, kept up to date by facts. */
export class ErrorList {
	items = $state.raw<readonly ErrorGroup[]>([]);
	cursor = $state<string | null>(null);
	readonly #view: AutomationView;

	constructor(view: AutomationView, page: Page<ErrorGroup>) {
		this.#view = view;
		this.items = page.items;
		this.cursor = page.next_cursor;
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
			if (name === 'error.recorded') this.take(payload.group, true);
			else if (name === 'error.resolved' || name === 'error.reopened') this.take(payload.group);
		}
	}

	/** Takes a group as it is now: on top when it has failed, else at its place; away when the view is of others. */
	take(group: ErrorGroup, hasFailed = false): void {
		const others = this.items.filter(({ id }) => id !== group.id);
		if (!this.#isShown(group)) this.items = others;
		else if (hasFailed || others.length === this.items.length) this.items = [group, ...others];
		else this.items = this.items.map((one) => (one.id === group.id ? group : one));
	}

	async more(cursor: string): Promise<void> {
		const page = await automationApi.listErrors({ ...errorsQuery(this.#view), cursor });
		this.items = joined(this.items, page.items);
		this.cursor = page.next_cursor;
	}

	#isShown({ id, workflow, resolved_at }: ErrorGroup): boolean {
		const { state = 'open', workflow: wanted, group } = this.#view;
		if (group !== undefined) return String(id) === group;
		const isOfState = state === 'all' || (state === 'resolved') === (resolved_at !== null);
		return isOfState && (wanted === undefined || wanted === workflow);
	}

	async #refresh(): Promise<void> {
		if (this.#view['group'] !== undefined || this.items.length > 50) return;
		const page = await automationApi.listErrors(errorsQuery(this.#view)).catch(() => undefined);
		if (!page) return;
		this.items = page.items;
		this.cursor = page.next_cursor;
	}
}
