import { mailStatus } from '$lib/contract/mail';
import { getMailState, listMails } from '$lib/server/mail';
import { shown } from '$lib/server/pages';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const status = mailStatus.safeParse(url.searchParams.get('status')).data;
	return {
		status,
		state: await shown(getMailState(locals.ctx)),
		mails: await shown(listMails(locals.ctx, { status })),
	};
};
