// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.
export { enqueueReviews } from './enqueue.ts';
export { readReviews } from './list.ts';
