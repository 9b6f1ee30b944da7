import { fail } from '@sveltejs/kit';
import { ERROR_STATUS } from '#lib/contract/problem.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { AppError } from '#lib/server/core/errors.ts';
import {
	checkPageToken,
	getMessengerState,
	setPageSite,
} from '#lib/server/channels/messenger/index.ts';
import { shown } from '#lib/server/pages.ts';
import { listSiteSummaries } from '#lib/server/sites/index.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx } }) => ({
	state: await shown(getMessengerState(ctx)),
	sites: await shown(openSites(ctx)),
});

async function openSites(ctx: Ctx) {
	const { items } = await listSiteSummaries(ctx, { limit: 200 });
	return items
		.filter(({ archived_at }) => archived_at === null)
		.map(({ key, name }) => ({ value: key, label: name }));
}

/** What an act says when it is done; a refusal's own words otherwise. */
async function told(act: () => Promise<string>) {
	try {
		return { message: await act() };
	} catch (fault) {
		if (!(fault instanceof AppError)) throw fault;
		return fail(ERROR_STATUS[fault.code], { message: fault.message });
	}
}

export const actions: Actions = {
	check: ({ locals: { ctx } }) =>
		told(async () => {
			const { page_id, name } = await checkPageToken(ctx);
			return `The token works: it is for ${name || `the page ${page_id}`}.`;
		}),
	site: async ({ request, locals: { ctx } }) => {
		const form = await request.formData();
		const given = (name: string) => {
			const value = form.get(name);
			return typeof value === 'string' ? value : '';
		};
		return told(async () => {
			await setPageSite(ctx, { page_id: given('page_id'), site: given('site') });
			return 'New conversations of this page belong to that site now.';
		});
	},
};
