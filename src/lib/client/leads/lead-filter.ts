import { z } from 'zod';
import { leadFilter, leadSort, type LeadItem, type LeadSort } from '#lib/contract/lead-list.ts';

/** The tabs of the leads page; leads without contact details have their own. */
const leadTab = z.enum(['needs_reply', 'overdue', 'contacted', 'all', 'without_contact']);
export type LeadTab = z.infer<typeof leadTab>;
const FIRST_TAB: LeadTab = 'needs_reply';

const fields = {
	tab: leadTab.optional(),
	site: leadFilter.shape.site,
	q: leadFilter.shape.q,
	completion_status: leadFilter.shape.completion_status,
	delivery: leadFilter.shape.delivery,
	outcome: leadFilter.shape.outcome,
	/** Days back from now. */
	days: z.enum(['1', '7', '28', '90']).optional(),
	/** Only chats that started at or after this time. */
	since: leadFilter.shape.started_from,
	sort: leadSort.optional(),
};
type Name = keyof typeof fields;
const NAMES = Object.keys(fields).filter((name): name is Name => Object.hasOwn(fields, name));

/** The tab, filters and order of the leads page, by their names in the URL. */
export type LeadsView = Partial<Record<Exclude<Name, 'tab' | 'sort'>, string>> & {
	tab: LeadTab;
	sort: LeadSort;
};

/** Leads that need a reply are listed by urgency, others by time. */
const getDefaultSort = (tab: LeadTab): LeadSort => (isQueue(tab) ? 'urgency' : 'newest');

/** Returns whether a tab lists leads that need a reply, which have a deadline to sort by. */
export const isQueue = (tab: LeadTab) => tab === 'needs_reply' || tab === 'overdue';

/** Returns whether an order applies only to leads that need a reply. */
const isQueueSort = (sort: LeadSort) => sort === 'due' || sort === 'urgency';

/** Reads a view from a URL; invalid values are ignored. */
export function readLeadsView(parameters: URLSearchParams): LeadsView {
	const read = (name: Name) => fields[name].safeParse(parameters.get(name) ?? undefined).data;
	const filters = NAMES.flatMap((name): [Name, string][] => {
		const value = name === 'tab' || name === 'sort' ? undefined : read(name);
		return value === undefined ? [] : [[name, value]];
	});
	const isOldLink = parameters.get('overdue') === 'true';
	const tab = leadTab.catch(isOldLink ? 'overdue' : FIRST_TAB).parse(parameters.get('tab'));
	const sort = leadSort.safeParse(parameters.get('sort')).data;
	const isApplicable = sort !== undefined && (!isQueueSort(sort) || isQueue(tab));
	return { ...Object.fromEntries(filters), tab, sort: isApplicable ? sort : getDefaultSort(tab) };
}

/** Returns the view as a URL query, starting with `?` unless empty. */
export function writeLeadsView(view: Partial<LeadsView>): string {
	const query = new URLSearchParams();
	const { tab = FIRST_TAB } = view;
	for (const name of NAMES) {
		const value = view[name];
		const isDefault =
			(name === 'tab' && tab === FIRST_TAB) || (name === 'sort' && value === getDefaultSort(tab));
		if (value && !isDefault) query.set(name, value);
	}
	const text = query.toString();
	return text && `?${text}`;
}

/** Switches the view to a tab. Keeps a sort order that the user chose, if it applies to that tab. */
export const withTab = (view: LeadsView, tab: LeadTab): LeadsView => ({
	...view,
	tab,
	sort:
		view.sort === getDefaultSort(view.tab) || (isQueueSort(view.sort) && !isQueue(tab))
			? getDefaultSort(tab)
			: view.sort,
});

/** Returns the API's query for lead counts: all filters except the tab. */
export function buildFilterQuery(
	{ tab: _, sort: __, days, since, ...filter }: LeadsView,
	now: Date,
): Record<string, string> {
	const from = days && new Date(now.getTime() - Number(days) * 86_400_000).toISOString();
	return { ...filter, ...(from && { from }), ...(since && { started_from: since }) };
}

/** Returns the API's query for the CSV export. */
export function buildExportQuery(view: LeadsView, now: Date): Record<string, string> {
	return { ...buildTabQuery(view), ...buildFilterQuery(view, now) };
}

/** Returns the API's query for the lead list. Leads are grouped by person, unless the view is about individual chats. */
export function buildLeadsQuery(view: LeadsView, now: Date): Record<string, string> {
	const isByPerson = view.tab === 'all' && !isByChat(view);
	return {
		...buildExportQuery(view, now),
		sort: view.sort,
		...(isByPerson && { grouped: 'true' }),
	};
}

/** Returns whether a filter applies to individual chats rather than people. */
const isByChat = ({ delivery, since }: LeadsView) => Boolean(delivery ?? since);

function buildTabQuery(view: LeadsView): Record<string, string> {
	const { tab } = view;
	switch (tab) {
		case 'needs_reply':
			return { follow_up: tab, reachable: 'true' };
		case 'overdue':
			return { overdue: 'true', reachable: 'true' };
		case 'contacted':
			return { follow_up: tab };
		case 'without_contact':
			return { reachable: 'false' };
		case 'all':
			return isByChat(view) ? {} : { reachable: 'true' };
	}
}

/** Returns whether a changed lead may stay in the tab. Leads that start to match appear with the next refresh. */
export function matchesTab(
	{ tab }: LeadsView,
	lead: Pick<LeadItem, 'first_contact_at' | 'email' | 'phone' | 'reply_until'>,
	now: number,
): boolean {
	if (tab === 'contacted') return lead.first_contact_at !== null;
	const isReachable = lead.email !== null || lead.phone !== null || canReplyInMessenger(lead, now);
	if (tab === 'without_contact') return !isReachable;
	return tab === 'all' || (isReachable && lead.first_contact_at === null);
}

/** Returns whether the lead can be answered in Messenger: its reply window is open. */
export const canReplyInMessenger = ({ reply_until }: Pick<LeadItem, 'reply_until'>, now: number) =>
	reply_until !== undefined && Date.parse(reply_until) > now;

export const isFiltered = (view: LeadsView) =>
	Object.keys(buildFilterQuery(view, new Date())).length > 0;
