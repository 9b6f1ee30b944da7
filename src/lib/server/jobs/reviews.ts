import { enqueueReviews } from '../quality/reviews/index.ts';
import type { Job } from './job.ts';

/** Puts chats that ended into the review queue: at once after their end in this process, and by looking for others. */
export const reviewQueueJob: Job = {
	name: 'review-queue',
	interval_ms: 15_000,
	run: enqueueReviews,
	wakesOn: ({ name }) => name === 'session.completed' || name === 'session.abandoned',
};
