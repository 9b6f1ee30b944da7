import type { QaStatus } from '#lib/contract/common.ts';
import type { QueueOrder, ReviewCounts } from '#lib/contract/review-queue.ts';

/** Returns the tabs. Each one says whether it is current, because the queue's URL can also contain its filter and order. */
export const getTabs = (counts: ReviewCounts, url: URL) => {
	const current = url.searchParams.get('tab');
	return [
		{ href: '/review', label: 'To review', count: counts.unchecked, isCurrent: !current },
		...(['issue', 'fixed', 'passed'] as const).map((status) => ({
			href: `/review?tab=${status}`,
			label: tabLabels[status],
			count: counts[status],
			isCurrent: current === status,
		})),
	];
};
const tabLabels = { issue: 'Issues', fixed: 'Fixed', passed: 'Passed' };

/** Returns the URL of the queue in this order, limited to flagged chats or not. */
export function getQueueHref(view: { isFlagged: boolean; order: QueueOrder }): string {
	const parameters = [
		...(view.isFlagged ? ['flagged'] : []),
		...(view.order === 'newest' ? ['order=newest'] : []),
	];
	return parameters.length > 0 ? `/review?${parameters.join('&')}` : '/review';
}

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
	text: 'Finished chats flagged by automatic checks appear here.',
};
