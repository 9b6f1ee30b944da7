export { listReviews } from './list';
export { submitReview } from './submit';
