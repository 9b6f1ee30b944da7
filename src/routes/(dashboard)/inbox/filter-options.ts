import type { InboxFilter } from '#lib/client/inbox/session-filter.ts';
import { calendarDate } from '#lib/client/format/times.ts';
import type { ArchiveStatus, Channel, CompletionStatus, QaStatus } from '#lib/contract/common.ts';
import type { SessionAttention, SessionCounts } from '#lib/contract/session.ts';
import type { Site } from '#lib/contract/site.ts';

interface View {
	label: string;
	/** Shown for views that ask for action. */
	count?: keyof SessionCounts;
	filter: Pick<InboxFilter, 'archive_status' | 'completion_status' | 'qa_status'>;
}
const view = (
	label: string,
	count: View['count'],
	completion_status?: CompletionStatus,
	qa_status?: QaStatus,
): View => ({
	label,
	count,
	filter: { archive_status: 'active', completion_status, qa_status },
});

/** The chips that are always shown. */
export const VIEWS: readonly View[] = [
	view('Active', 'active'),
	view('Complete', undefined, 'complete'),
	view('To review', 'to_review', 'complete', 'unchecked'),
];

export const isView = (filter: InboxFilter, { filter: shown }: View) =>
	filter.archive_status === shown.archive_status &&
	filter.completion_status === shown.completion_status &&
	filter.qa_status === shown.qa_status;

export const COMPLETION_NAMES: Record<CompletionStatus, string> = {
	in_progress: 'In progress',
	complete: 'Complete',
	abandoned: 'Abandoned',
};
export const ARCHIVE_NAMES: Record<ArchiveStatus, string> = {
	active: 'Active',
	archived: 'Archived',
};
export const QA_NAMES: Record<QaStatus, string> = {
	unchecked: 'Unchecked',
	passed: 'Passed',
	issue: 'Issue',
	fixed: 'Fixed',
};
export const CHANNEL_NAMES: Record<Channel, string> = {
	web: 'Web',
	messenger: 'Messenger',
	test: 'Test',
};

export const ATTENTION_NAMES: Record<SessionAttention, string> = {
	waiting: 'Wants a person',
	rescued: 'Built-in AI',
	claimed: 'Completion claimed',
	withdrawn: 'Completion undone',
};

interface ChosenFilter {
	name: keyof InboxFilter;
	label: string;
	/** The change that removes the filter. */
	without: Partial<InboxFilter>;
}

/** Lists the active filters beyond the permanent chips, each with the change that removes it. */
export function chosenFilters(filter: InboxFilter, names: Names): ChosenFilter[] {
	const chosen: ChosenFilter[] = [];
	const add = (name: keyof InboxFilter, label: string, without = { [name]: undefined }) =>
		chosen.push({ name, label, without });
	if (filter.archive_status === 'archived') {
		chosen.push({
			name: 'archive_status',
			label: 'Archived',
			without: { archive_status: 'active' },
		});
	}
	if (!VIEWS.some((one) => isView(filter, one))) {
		if (filter.completion_status) {
			add('completion_status', COMPLETION_NAMES[filter.completion_status]);
		}
		if (filter.qa_status) add('qa_status', QA_NAMES[filter.qa_status]);
	}
	if (filter.attention) add('attention', ATTENTION_NAMES[filter.attention]);
	if (filter.site) add('site', nameOfSite(filter.site, names));
	if (filter.channel) add('channel', CHANNEL_NAMES[filter.channel]);
	if (filter.ai_engaged !== undefined) {
		add('ai_engaged', filter.ai_engaged ? 'AI answered' : 'AI not answered');
	}
	if (filter.assignee !== undefined) add('assignee', nameOfAssignee(filter.assignee, names));
	if (filter.days) add('days', filter.days === 1 ? 'Last 24 hours' : `Last ${filter.days} days`);
	if (filter.from) add('from', `From ${calendarDate(filter.from)}`);
	if (filter.to) add('to', `Before ${calendarDate(filter.to)}`);
	return chosen;
}

interface Names {
	sites: readonly Site[];
	people: readonly { id: number; name: string }[];
}

const nameOfSite = (key: string, { sites }: Names) =>
	sites.find((site) => site.key === key)?.name ?? key;

function nameOfAssignee(assignee: number | 'none', { people }: Names): string {
	if (assignee === 'none') return 'Unassigned';
	return people.find(({ id }) => id === assignee)?.name ?? `User ${assignee}`;
}
