import type { ReviewReason } from '#lib/contract/review.ts';
import type { QueueReason } from '#lib/contract/review-queue.ts';
import type { QaStatus } from '#lib/contract/common.ts';
import { toCalendarDay, addDays, startOfDay } from '#lib/client/format/days.ts';

export const reasonLabels: Record<ReviewReason, string> = {
	wrong_information: 'Wrong information',
	asked_twice: 'Asked twice',
	missed_field: 'Missed a field',
	too_pushy: 'Too pushy',
	wrong_language: 'Wrong language',
	ended_early: 'Ended early',
	other: 'Other',
};

/** Why a chat is in the queue. */
export const queueReasonLabels: Record<QueueReason, string> = {
	complete: 'Completed',
	failed: 'The AI failed',
	flagged: 'Flagged by a check',
	sampled: 'Random sample',
	reset: 'Review reset',
};

/** Used after the reviewer's name: "Jo passed it". */
export const decisionLabels: Record<QaStatus, string> = {
	unchecked: 'reset the review',
	passed: 'passed it',
	issue: 'raised an issue',
	fixed: 'marked it as fixed',
};

/** Returns Monday at midnight in a time zone. */
export function startOfWeek(now: Date, timeZone: string): Date {
	const today = toCalendarDay(now, timeZone);
	const sinceMonday = (new Date(today).getUTCDay() + 6) % 7;
	return startOfDay(addDays(today, -sinceMonday), timeZone);
}
