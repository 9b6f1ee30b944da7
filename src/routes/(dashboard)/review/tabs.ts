import type { QaStatus } from '#lib/contract/common.ts';
import type { ReviewCounts } from '#lib/contract/review-queue.ts';

export const getTabs = (counts: ReviewCounts) => [
	{ href: '/review', label: 'Not reviewed', count: counts.unchecked },
	{ href: '/review?tab=issue', label: 'Issues', count: counts.issue },
	{ href: '/review?tab=fixed', label: 'Fixed', count: counts.fixed },
	{ href: '/review?tab=passed', label: 'Passed', count: counts.passed },
];

/** The texts of empty lists, by review status. */
export const EMPTY_BY_STATUS: Record<QaStatus, { title: string; text: string }> = {
	unchecked: {
		title: 'Nothing to review yet',
		text: 'Completed chats, AI failures and a sample of other chats appear here.',
	},
	issue: {
		title: 'No open issues',
		text: 'Chats with problems are listed here until they are fixed.',
	},
	fixed: { title: 'No fixed issues', text: 'Fixed issues are listed here for a second review.' },
	passed: {
		title: 'No passed chats yet',
		text: 'Chats that passed review are listed here.',
	},
};

export const EMPTY_FLAGGED = {
	title: 'No flagged chats',
	text: 'Finished chats that automatic checks flag appear here.',
};
