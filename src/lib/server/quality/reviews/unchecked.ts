// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { enqueueReviews } from './enqueue.ts';
export { readReviews } from './list.ts';
