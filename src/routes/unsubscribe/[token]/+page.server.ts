import { findWeeklyReport, stopWeeklyReport } from '#lib/server/delivery/notifications/index.ts';
import { shown } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => ({
	site: await shown(findWeeklyReport(locals.ctx, params.token)),
});

export const actions: Actions = {
	/** Mail clients post here, too, for their own button. */
	async default({ locals, params }) {
		await stopWeeklyReport(locals.ctx, params.token);
	},
};
