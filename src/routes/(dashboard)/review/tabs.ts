import type { QaStatus } from '#lib/contract/common.ts';
import type { ReviewCounts } from '#lib/contract/review-queue.ts';

export const tabsOf = (counts: ReviewCounts) => [
	{ href: '/review', label: 'Unchecked', count: counts.unchecked },
	{ href: '/review?tab=issue', label: 'Issues', count: counts.issue },
	{ href: '/review?tab=fixed', label: 'Fixed', count: counts.fixed },
	{ href: '/review?tab=passed', label: 'Passed', count: counts.passed },
];

/** What stands in the place of a list that has nothing. */
export const EMPTY: Record<QaStatus, { title: string; text: string }> = {
	unchecked: {
		title: 'All is reviewed',
		text: 'Complete chats, failures of the AI and a sample of the rest come here as they end.',
	},
	issue: { title: 'No open issues', text: 'What a reviewer finds wrong waits here to be fixed.' },
	fixed: { title: 'Nothing to check again', text: 'Fixed issues wait here for a second look.' },
	passed: {
		title: 'Nothing passed yet',
		text: 'Chats that a reviewer found right are listed here.',
	},
};
