import type { QaStatus } from '#lib/contract/common.ts';
import { REVIEW_TRANSITIONS } from '#lib/contract/review.ts';

/** Returns whether a review may move from one state to another, and the reason if it may not. */
export function checkMove(
	from: QaStatus,
	to: QaStatus,
	isAdmin: boolean,
): { is: 'allowed' } | { is: 'impossible' | 'for_admins'; reason: string } {
	if (!REVIEW_TRANSITIONS[from].includes(to)) {
		const possible = REVIEW_TRANSITIONS[from].filter((state) => isAdmin || state !== 'unchecked');
		return {
			is: 'impossible',
			reason: `a review cannot go from ${from} to ${to}; from ${from} it can go to ${possible.join(' or ')}`,
		};
	}
	if (to === 'unchecked' && !isAdmin) {
		return { is: 'for_admins', reason: 'only an admin can reset a review to unchecked' };
	}
	return { is: 'allowed' };
}
