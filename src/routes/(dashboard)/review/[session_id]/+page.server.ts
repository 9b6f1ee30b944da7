import { qaStatus } from '$lib/contract/common';
import { shown } from '$lib/server/pages';
import { countReviews } from '$lib/server/reviews';
import { load as loadChat } from '../../inbox/[session_id]/+page.server';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const { ctx } = event.locals;
	const tab = qaStatus.safeParse(event.url.searchParams.get('tab')).data ?? 'unchecked';
	const [{ chat }, counts] = await Promise.all([loadChat(event), shown(countReviews(ctx))]);
	return { chat, counts, tab };
};
