import { api, call } from '#lib/client/api/call.ts';
import { LiveList, type PageQuery } from '#lib/client/live/live-list.svelte.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { LiveValue } from '#lib/client/live/live-value.svelte.ts';
import type { Page } from '#lib/contract/common.ts';
import type { LeadCounts, LeadItem } from '#lib/contract/lead-list.ts';
import { filterQuery, leadsQuery, staysIn, type LeadsView } from './lead-filter.ts';

/** The leads of one view. */
export class LeadList extends LiveList<LeadItem> {
	readonly #view: LeadsView;

	constructor(view: LeadsView, page: Page<LeadItem>) {
		super(page);
		this.#view = view;
	}

	protected fetch(query: PageQuery): Promise<Page<LeadItem>> {
		return call(api.leads.$get({ query: { ...leadsQuery(this.#view, new Date()), ...query } }));
	}

	protected applyEvent({ name, payload }: LiveEvent): void {
		if (name === 'lead.updated' || name === 'lead.overdue') {
			const { lead } = payload;
			if (staysIn(this.#view, lead)) this.#change(lead.session_id, lead);
			else this.removeWhere(({ session_id }) => session_id === lead.session_id);
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

const COUNTED = new Set<LiveEvent['name']>([
	'lead.updated',
	'lead.overdue',
	'lead.outcome',
	'session.completed',
	'session.deleted',
	'delivery.updated',
]);
/** Replies become overdue as time passes. */
const CLOCK_MS = 60_000;

/** How many leads each tab has, with the same filters. */
export class LiveLeadCounts extends LiveValue<LeadCounts> {
	constructor(live: LiveSocket, counts: LeadCounts, view: LeadsView) {
		super(
			live,
			{
				fetch: () => call(api.leads.counts.$get({ query: filterQuery(view, new Date()) })),
				isConcerned: ({ name }) => COUNTED.has(name),
				everyMs: () => 2_000,
				atLeastEveryMs: CLOCK_MS,
			},
			counts,
		);
	}
}
