import { qaStatus } from '#lib/contract/common.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { queueOrder } from '#lib/contract/review-queue.ts';
import { countReviews, listReviewItems } from '#lib/server/quality/reviews/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const status = qaStatus.safeParse(url.searchParams.get('tab')).data ?? 'unchecked';
	const isFlagged = status === 'unchecked' && url.searchParams.has('flagged');
	const order = queueOrder.safeParse(url.searchParams.get('order')).data ?? 'oldest';
	const [page, counts] = await Promise.all([
		withPageErrors(
			listReviewItems(ctx, {
				qa_status: status,
				order,
				limit: 50,
				...(isFlagged && { flagged: true }),
			}),
		),
		withPageErrors(countReviews(ctx)),
	]);
	return { review: { status, isFlagged, order, page, counts } };
};
