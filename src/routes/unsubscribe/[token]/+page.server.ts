import { findWeeklyReport, stopWeeklyReport } from '#lib/server/delivery/notifications/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => ({
	site: await withPageErrors(findWeeklyReport(locals.ctx, params.token)),
});

export const actions: Actions = {
	/** Mail clients also post here, for their own unsubscribe button. */
	async default({ locals, params }) {
		await stopWeeklyReport(locals.ctx, params.token);
	},
};
