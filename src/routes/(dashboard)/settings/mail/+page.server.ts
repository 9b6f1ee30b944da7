import { mailStatus } from '#lib/contract/mail.ts';
import { getMailState, listMails } from '#lib/server/delivery/mail/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const status = mailStatus.safeParse(url.searchParams.get('status')).data;
	return {
		status,
		state: await withPageErrors(getMailState(locals.ctx)),
		mails: await withPageErrors(listMails(locals.ctx, { status })),
	};
};
