import { fail } from '@sveltejs/kit';
import { z } from 'zod';
import { ERROR_STATUS } from '#lib/contract/problem.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { readForm } from '#lib/server/forms.ts';
import {
	checkPageToken,
	getMessengerState,
	setPageSite,
	setPageToken,
} from '#lib/server/channels/messenger/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { listSiteSummaries } from '#lib/server/sites/index.ts';
import type { Actions, PageServerLoad } from './$types';

const pageSiteForm = z.object({ page_id: z.string().default(''), site: z.string().default('') });

const pageForm = z.object({ page_id: z.string().default('') });
const tokenForm = z.object({ token: z.string().default('') });

export const load: PageServerLoad = async ({ locals: { ctx } }) => ({
	state: await withPageErrors(getMessengerState(ctx)),
	sites: await withPageErrors(listSiteOptions(ctx)),
});

async function listSiteOptions(ctx: Ctx) {
	const { items } = await listSiteSummaries(ctx, { limit: 200 });
	return items
		.filter(({ archived_at }) => archived_at === null)
		.map(({ key, name }) => ({ value: key, label: name }));
}

/** Runs an action and returns its message, or the error's. */
async function withMessage(action: () => Promise<string>) {
	try {
		return { message: await action() };
	} catch (err) {
		if (!(err instanceof AppError)) throw err;
		return fail(ERROR_STATUS[err.code], { message: err.message });
	}
}

export const actions: Actions = {
	check: (event) =>
		withMessage(async () => {
			const values = await readForm(event, pageForm);
			const { page_id: ownPageId } = parse(pageForm, values);
			const { page_id, name } = await checkPageToken(event.locals.ctx, ownPageId || undefined);
			return `The token works. It belongs to ${name || `page ${page_id}`}.`;
		}),
	connect: (event) =>
		withMessage(async () => {
			const values = await readForm(event, tokenForm);
			const { name, page_id } = await setPageToken(event.locals.ctx, parse(tokenForm, values));
			return `${name || `Page ${page_id}`} is connected.`;
		}),
	site: (event) =>
		withMessage(async () => {
			const values = await readForm(event, pageSiteForm);
			await setPageSite(event.locals.ctx, parse(pageSiteForm, values));
			return 'New chats from this page now belong to the selected site.';
		}),
};
