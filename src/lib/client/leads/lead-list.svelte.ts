import { api, call } from '#lib/client/api/call.ts';
import { LiveList, type PageQuery } from '#lib/client/live/live-list.svelte.ts';
import type { LiveEvent } from '#lib/client/live/live-socket.svelte.ts';
import type { Page } from '#lib/contract/common.ts';
import type { LeadItem } from '#lib/contract/lead-list.ts';

/** The leads of one view, one row per person. */
export class LeadList extends LiveList<LeadItem> {
	readonly #query: () => Record<string, string>;

	constructor(query: () => Record<string, string>, page: Page<LeadItem>) {
		super(page);
		this.#query = query;
	}

	protected fetch(query: PageQuery): Promise<Page<LeadItem>> {
		return call(api.leads.$get({ query: { ...this.#query(), ...query } }));
	}

	protected applyEvent({ name, payload }: LiveEvent): void {
		if (name === 'lead.updated' || name === 'lead.overdue') {
			this.#change(payload.lead.session_id, payload.lead);
			this.refreshSoon();
		} else if (name === 'session.completed' || name === 'session.updated') {
			const { session } = payload;
			this.#change(session.session_id, {
				completion_status: session.completion_status,
				completion_claimed: session.completion_claimed,
				completed_at: session.completed_at,
				completions_undone: session.completions_undone,
				agent: session.agent,
				handoff_deadline_at: session.handoff_deadline_at,
				is_rescued: session.is_rescued,
			});
		} else if (name === 'lead.outcome') {
			const { stage, value, currency, at } = payload.outcome;
			this.#change(payload.session_id, { outcome: { stage, value, currency, at } });
			this.refreshSoon();
		} else if (name === 'lead.outcome_cleared') {
			this.#change(payload.session_id, { outcome: null });
			this.refreshSoon();
		} else if (name === 'delivery.updated' && payload.delivery.event.startsWith('lead.')) {
			const { session_id } = payload.delivery;
			// The state depends on the lead's other deliveries as well.
			if (this.items.some((item) => item.session_id === session_id)) this.refreshSoon();
		} else if (name === 'session.deleted') {
			this.removeWhere(({ session_id }) => session_id === payload.session_id);
		}
	}

	#change(id: string | null, changes: Partial<LeadItem>): void {
		const item = this.items.find(({ session_id }) => session_id === id);
		if (item) this.replace({ ...item, ...changes });
	}
}
