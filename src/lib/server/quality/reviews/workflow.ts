import type { QaStatus } from '#lib/contract/common.ts';
import { REVIEW_TRANSITIONS } from '#lib/contract/review.ts';

/** What stands in the way of a move: nothing, that it does not exist, or that it is an admin's. */
export function judgeMove(
	from: QaStatus,
	to: QaStatus,
	isAdmin: boolean,
): { is: 'allowed' } | { is: 'impossible' | 'for_admins'; why: string } {
	if (!REVIEW_TRANSITIONS[from].includes(to)) {
		const possible = REVIEW_TRANSITIONS[from].filter((state) => isAdmin || state !== 'unchecked');
		return {
			is: 'impossible',
			why: `a review cannot go from ${from} to ${to}; from ${from} it can go to ${possible.join(' or ')}`,
		};
	}
	if (to === 'unchecked' && !isAdmin) {
		return { is: 'for_admins', why: 'only an admin may reset a review to unchecked' };
	}
	return { is: 'allowed' };
}
