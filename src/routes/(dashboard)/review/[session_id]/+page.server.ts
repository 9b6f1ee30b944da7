import { qaStatus } from '#lib/contract/common.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { queueOrder } from '#lib/contract/review-queue.ts';
import { countReviews } from '#lib/server/quality/reviews/index.ts';
import { loadChat } from '../../load-chat.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, params, url }) => {
	const tab = qaStatus.safeParse(url.searchParams.get('tab')).data ?? 'unchecked';
	const order = queueOrder.safeParse(url.searchParams.get('order')).data ?? 'oldest';
	const [{ chat }, counts] = await Promise.all([
		loadChat(ctx, params.session_id),
		withPageErrors(countReviews(ctx)),
	]);
	return { chat, counts, tab, order };
};
