import type { InboxFilter } from '#lib/client/inbox/session-filter.ts';
import { formatCalendarDate } from '#lib/client/format/times.ts';
import type { Channel, CompletionStatus, QaStatus } from '#lib/contract/common.ts';
import type { SessionAttention, SessionCounts } from '#lib/contract/session.ts';
import type { Site } from '#lib/contract/site.ts';

/** The filters that define the views. */
const VIEW_FILTERS = ['attention', 'completion_status', 'assignee'] as const;
type ViewFilter = Pick<InboxFilter, (typeof VIEW_FILTERS)[number]>;

interface View {
	label: string;
	count: keyof SessionCounts;
	/** Whether its count is highlighted, because its chats need action. */
	isUrgent?: boolean;
	filter: ViewFilter;
}

/** Returns the views, which are always shown. Each count matches its list, and “All” contains the other lists. */
export const getViews = (user: { id: number }): View[] => [
	{
		label: 'Needs a person',
		count: 'waiting',
		isUrgent: true,
		filter: { attention: 'waiting' },
	},
	{ label: 'Live', count: 'in_progress', filter: { completion_status: 'in_progress' } },
	{ label: 'Mine', count: 'mine', filter: { assignee: user.id } },
	{ label: 'All', count: 'active', filter: {} },
];

export const isView = (filter: InboxFilter, { filter: viewFilter }: View) =>
	filter.archive_status === 'active' &&
	VIEW_FILTERS.every((name) => filter[name] === viewFilter[name]);

/** Returns the change that shows a view and keeps all other filters, such as the site. */
export const toViewChange = ({ filter }: View): Partial<InboxFilter> => ({
	archive_status: 'active',
	...Object.fromEntries(VIEW_FILTERS.map((name) => [name, filter[name]])),
});

export const COMPLETION_LABELS: Record<CompletionStatus, string> = {
	in_progress: 'In progress',
	complete: 'Completed',
	abandoned: 'Abandoned',
};
export const ARCHIVE_LABELS: Record<InboxFilter['archive_status'], string> = {
	active: 'Active',
	archived: 'Archived',
	any: 'Active and archived',
};
export const QA_LABELS: Record<QaStatus, string> = {
	unchecked: 'Not reviewed',
	passed: 'Passed',
	issue: 'Issue',
	fixed: 'Fixed',
};
export const CHANNEL_LABELS: Record<Channel, string> = {
	web: 'Web',
	messenger: 'Messenger',
	test: 'Test',
};

export const ATTENTION_LABELS: Record<SessionAttention, string> = {
	waiting: 'Needs a person',
	rescued: 'AI failed',
	claimed: 'Details missing',
	withdrawn: 'Completion undone',
};

interface ActiveFilter {
	name: keyof InboxFilter;
	label: string;
	/** The change that removes the filter. */
	removal: Partial<InboxFilter>;
}

/** Lists the active filters beyond the view, each with the change that removes it. */
export function listActiveFilters(filter: InboxFilter, names: Names): ActiveFilter[] {
	const activeFilters: ActiveFilter[] = [];
	const view = getViews(names.user).find((candidate) => isView(filter, candidate));
	const isPartOfView = (name: keyof ViewFilter) => view?.filter[name] !== undefined;
	const add = (name: keyof InboxFilter, label: string) =>
		activeFilters.push({ name, label, removal: { [name]: undefined } });
	if (filter.archive_status !== 'active') {
		activeFilters.push({
			name: 'archive_status',
			label: ARCHIVE_LABELS[filter.archive_status],
			removal: { archive_status: 'active' },
		});
	}
	if (filter.completion_status && !isPartOfView('completion_status')) {
		add('completion_status', COMPLETION_LABELS[filter.completion_status]);
	}
	if (filter.qa_status) add('qa_status', QA_LABELS[filter.qa_status]);
	if (filter.attention && !isPartOfView('attention')) {
		add('attention', ATTENTION_LABELS[filter.attention]);
	}
	if (filter.site) add('site', getSiteName(filter.site, names));
	if (filter.channel) add('channel', CHANNEL_LABELS[filter.channel]);
	if (filter.ai_engaged !== undefined) {
		add('ai_engaged', filter.ai_engaged ? 'AI answered' : 'AI didn’t answer');
	}
	if (filter.assignee !== undefined && !isPartOfView('assignee'))
		add('assignee', getAssigneeName(filter.assignee, names));
	if (filter.days) add('days', filter.days === 1 ? 'Last 24 hours' : `Last ${filter.days} days`);
	if (filter.from) add('from', `From ${formatCalendarDate(filter.from)}`);
	if (filter.to) add('to', `Before ${formatCalendarDate(filter.to)}`);
	return activeFilters;
}

interface Names {
	sites: readonly Site[];
	people: readonly { id: number; name: string }[];
	/** The signed-in user. */
	user: { id: number };
}

const getSiteName = (key: string, { sites }: Names) =>
	sites.find((site) => site.key === key)?.name ?? key;

function getAssigneeName(assignee: number | 'none', { people }: Names): string {
	if (assignee === 'none') return 'Unassigned';
	return people.find(({ id }) => id === assignee)?.name ?? `Teammate ${assignee}`;
}
