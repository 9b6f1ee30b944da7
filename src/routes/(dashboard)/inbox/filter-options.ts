import type { InboxFilter } from '$lib/client/session-filter';
import type { ArchiveStatus, Channel, CompletionStatus, QaStatus } from '$lib/contract/common';
import type { Site } from '$lib/contract/site';

/** The chips that are always there. */
export const VIEWS: { label: string; completion_status: CompletionStatus | undefined }[] = [
	{ label: 'Active', completion_status: undefined },
	{ label: 'In progress', completion_status: 'in_progress' },
	{ label: 'Complete', completion_status: 'complete' },
];

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

interface ChosenFilter {
	name: keyof InboxFilter;
	label: string;
	/** What takes it away. */
	without: Partial<InboxFilter>;
}

/** What is chosen beside the chips that are always there, and how each is taken away. */
export function chosenFilters(filter: InboxFilter, sites: readonly Site[]): ChosenFilter[] {
	const chosen: ChosenFilter[] = [];
	const add = (name: keyof InboxFilter, label: string) =>
		chosen.push({ name, label, without: { [name]: undefined } });
	const isView =
		filter.archive_status === 'active' &&
		VIEWS.some((view) => view.completion_status === filter.completion_status);
	if (filter.archive_status === 'archived') {
		chosen.push({
			name: 'archive_status',
			label: 'Archived',
			without: { archive_status: 'active' },
		});
	}
	if (filter.completion_status && !isView) {
		add('completion_status', COMPLETION_NAMES[filter.completion_status]);
	}
	if (filter.qa_status) add('qa_status', QA_NAMES[filter.qa_status]);
	if (filter.site) add('site', sites.find(({ key }) => key === filter.site)?.name ?? filter.site);
	if (filter.channel) add('channel', CHANNEL_NAMES[filter.channel]);
	if (filter.ai_engaged !== undefined) {
		add('ai_engaged', filter.ai_engaged ? 'AI engaged' : 'AI not engaged');
	}
	if (filter.assignee !== undefined) {
		add('assignee', filter.assignee === 'none' ? 'Not taken over' : 'Taken over');
	}
	return chosen;
}
