import { qaStatus } from '$lib/contract/common';
import { shown } from '$lib/server/pages';
import { countReviews, listReviewItems } from '$lib/server/reviews';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const status = qaStatus.safeParse(url.searchParams.get('tab')).data ?? 'unchecked';
	const [page, counts] = await Promise.all([
		shown(listReviewItems(ctx, { qa_status: status, limit: 50 })),
		shown(countReviews(ctx)),
	]);
	return { review: { status, page, counts } };
};
