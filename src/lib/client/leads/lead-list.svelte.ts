import { api, call } from '#lib/client/api/call.ts';
import { LiveList, type PageQuery } from '#lib/client/live/live-list.svelte.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { LiveValue } from '#lib/client/live/live-value.svelte.ts';
import type { Page } from '#lib/contract/common.ts';
import type { LeadCounts, LeadItem } from '#lib/contract/lead-list.ts';
import { buildFilterQuery, buildLeadsQuery, matchesTab, type LeadsView } from './lead-filter.ts';

/** The leads of one view. */
export class LeadList extends LiveList<LeadItem> {
	readonly #view: LeadsView;

	constructor(view: LeadsView, page: Page<LeadItem>) {
		super(page);
		this.#view = view;
	}

	protected fetch(query: PageQuery): Promise<Page<LeadItem>> {
		return call(
			api.leads.$get({ query: { ...buildLeadsQuery(this.#view, new Date()), ...query } }),
		);
	}

	protected applyEvent({ name, payload }: LiveEvent): void {
		if (name === 'lead.updated' || name === 'lead.overdue') {
			const { lead } = payload;
			const item = this.items.find(({ session_id }) => session_id === lead.session_id);
			if (item) {
				const changed = { ...item, ...lead };
				if (matchesTab(this.#view, changed, Date.now())) this.replace(changed);
				else this.removeWhere(({ session_id }) => session_id === lead.session_id);
			}
			this.refreshSoon();
		} else if (name === 'session.completed' || name === 'session.updated') {
			const { session } = payload;
			this.#update(session.session_id, {
				completion_status: session.completion_status,
				completion_claimed: session.completion_claimed,
				completed_at: session.completed_at,
				completions_undone: session.completions_undone,
				agent: session.agent,
				handoff_deadline_at: session.handoff_deadline_at,
				is_rescued: session.is_rescued,
				...(session.reply_until && { reply_until: session.reply_until }),
			});
		} else if (name === 'lead.outcome') {
			const { stage, value, currency, at } = payload.outcome;
			this.#update(payload.session_id, { outcome: { stage, value, currency, at } });
			this.refreshSoon();
		} else if (name === 'lead.outcome_cleared') {
			this.#update(payload.session_id, { outcome: null });
			this.refreshSoon();
		} else if (name === 'delivery.updated' && payload.delivery.event.startsWith('lead.')) {
			const { session_id } = payload.delivery;
			// The state depends on all of the lead's deliveries.
			if (this.items.some((item) => item.session_id === session_id)) this.refreshSoon();
		} else if (name === 'session.deleted') {
			this.removeWhere(({ session_id }) => session_id === payload.session_id);
		}
	}

	#update(id: string | null, changes: Partial<LeadItem>): void {
		const item = this.items.find(({ session_id }) => session_id === id);
		if (item) this.replace({ ...item, ...changes });
	}
}

const COUNTED_EVENTS = new Set<LiveEvent['name']>([
	'lead.updated',
	'lead.overdue',
	'lead.outcome',
	'lead.outcome_cleared',
	'session.completed',
	'session.deleted',
	'delivery.updated',
]);
/** Replies become overdue without an event. */
const OVERDUE_CHECK_MS = 60_000;

/** The number of leads in each tab with the current filters. */
export class LiveLeadCounts extends LiveValue<LeadCounts> {
	constructor(live: LiveSocket, counts: LeadCounts, view: LeadsView) {
		super(
			live,
			{
				fetch: () => call(api.leads.counts.$get({ query: buildFilterQuery(view, new Date()) })),
				isRelevant: ({ name }) => COUNTED_EVENTS.has(name),
				minIntervalMs: () => 2_000,
				maxIntervalMs: OVERDUE_CHECK_MS,
			},
			counts,
		);
	}
}
