export { countByReviewer, countReviews } from './counts.ts';
export { listReviews } from './list.ts';
export { listReviewItems } from './list-items.ts';
export { claimNextReview, claimReview, findReviewLock, releaseReview } from './locks.ts';
export { submitReview } from './submit.ts';
