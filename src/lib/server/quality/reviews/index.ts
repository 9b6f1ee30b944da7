export { countByReviewer, countReviews } from './counts.ts';
export { listReviewItems, listReviews } from './list.ts';
export { claimNextReview, claimReview, findReviewLock, releaseReview } from './locks.ts';
export { submitReview } from './submit.ts';
