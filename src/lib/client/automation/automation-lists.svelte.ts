import { api, call } from '#lib/client/api/call.ts';
import { LiveList, type PageQuery } from '#lib/client/live/live-list.svelte.ts';
import type { LiveEvent } from '#lib/client/live/live-socket.svelte.ts';
import type { ErrorGroup } from '#lib/contract/automation-error.ts';
import type { Page } from '#lib/contract/common.ts';
import type { Delivery } from '#lib/contract/delivery.ts';
import type { SiteTurns, Turn } from '#lib/contract/turn.ts';
import { buildErrorsQuery, buildViewQuery, type AutomationView } from './automation-filter.ts';

const matches = (expected: string | undefined, actual: string) =>
	expected === undefined || expected === actual;

/** Deliveries of one view, newest first. */
export class DeliveryList extends LiveList<Delivery> {
	readonly view: AutomationView;

	constructor(view: AutomationView, page: Page<Delivery>) {
		super(page);
		this.view = view;
	}

	/** The API's query parameters for this view. */
	get query(): Record<string, string> {
		return buildViewQuery(this.view, new Date());
	}

	protected fetch(query: PageQuery): Promise<Page<Delivery>> {
		return call(api.deliveries.$get({ query: { ...this.query, ...query } }));
	}

	protected applyEvent({ name, payload }: LiveEvent): void {
		if (name === 'delivery.updated') this.put(payload.delivery);
		// Deliveries are deleted with their chat.
		else if (name === 'session.deleted') {
			this.removeWhere(({ session_id }) => session_id === payload.session_id);
		}
	}

	/** Updates or adds a delivery. A listed one keeps its place even if the filter no longer matches, since someone may be reading it. */
	put(delivery: Delivery): void {
		if (this.replace(delivery)) return;
		const isNewest = delivery.id > (this.items[0]?.id ?? 0);
		if (isNewest && this.#isShown(delivery)) this.prepend(delivery);
	}

	#isShown(delivery: Delivery): boolean {
		const { status, site, event, endpoint_id } = this.view;
		return (
			matches(status, delivery.status) &&
			matches(site, delivery.site) &&
			matches(event, delivery.event) &&
			matches(endpoint_id, String(delivery.endpoint_id))
		);
	}
}

/** Error groups of one view, most recent error first. */
export class ErrorList extends LiveList<ErrorGroup> {
	readonly #view: AutomationView;

	constructor(view: AutomationView, page: Page<ErrorGroup>) {
		super(page);
		this.#view = view;
	}

	protected fetch(query: PageQuery): Promise<Page<ErrorGroup>> {
		return call(api.errors.$get({ query: { ...buildErrorsQuery(this.#view), ...query } }));
	}

	/** Refetches the list, or the single group of the view, which the API's list can't be filtered by. */
	override async refresh(rows?: number): Promise<void> {
		const { group: group_id } = this.#view;
		if (group_id === undefined) return super.refresh(rows);
		const request = api.errors[':group_id'].$get({ param: { group_id } });
		const group = await call(request).catch(() => undefined);
		if (group) this.put(group);
	}

	protected applyEvent({ name, payload }: LiveEvent): void {
		if (name === 'error.recorded') this.put(payload.group, true);
		else if (name === 'error.resolved' || name === 'error.reopened') this.put(payload.group);
	}

	/** Updates or adds a group: moves it to the top when the error recurred, and removes it when it no longer matches the view. */
	put(group: ErrorGroup, isRecurrence = false): void {
		if (!this.#isShown(group)) this.removeWhere(({ id }) => id === group.id);
		else if (isRecurrence || !this.replace(group)) this.prepend(group);
	}

	#isShown({ id, workflow, resolved_at }: ErrorGroup): boolean {
		const { state = 'open', workflow: workflowFilter, group } = this.#view;
		if (group !== undefined) return String(id) === group;
		const matchesState = state === 'all' || (state === 'resolved') === (resolved_at !== null);
		return matchesState && matches(workflowFilter, workflow);
	}
}

/** AI turns of one view, newest first, and the recent turns of each site. */
export class TurnList extends LiveList<Turn> {
	bySite: readonly SiteTurns[];
	protected override readonly debounceMs = 3_000;
	readonly #view: AutomationView;

	constructor(view: AutomationView, loaded: { page: Page<Turn>; bySite: SiteTurns[] }) {
		super(loaded.page);
		this.bySite = $state.raw(loaded.bySite);
		this.#view = view;
	}

	protected fetch(query: PageQuery): Promise<Page<Turn>> {
		return call(api.turns.$get({ query: { ...buildViewQuery(this.#view, new Date()), ...query } }));
	}

	protected override async fetchTop(rows: number): Promise<Page<Turn>> {
		const [page, { items }] = await Promise.all([
			super.fetchTop(rows),
			call(api.turns['by-site'].$get()),
		]);
		this.bySite = items;
		return page;
	}

	protected applyEvent({ name, payload }: LiveEvent): void {
		const isAiMessage = name === 'message.created' && payload.message.sender === 'ai';
		if (isAiMessage || name === 'ai.status_changed') this.refreshSoon();
	}
}
