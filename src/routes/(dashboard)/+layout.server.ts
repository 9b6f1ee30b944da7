import { redirect } from '@sveltejs/kit';
import { getRecentSignInMs } from '#lib/server/core/permissions.ts';
import { needsCode, getPublicAuthSessionId } from '#lib/server/team/auth/index.ts';
import { getHourCycle, withPageErrors, getTimeZone } from '#lib/server/pages.ts';
import { listWaitingVisitors } from '#lib/server/conversations/handoffs/index.ts';
import { listSavedFilters } from '#lib/server/conversations/saved-filters/index.ts';
import { listSites } from '#lib/server/sites/index.ts';
import { listUsers } from '#lib/server/team/users/index.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async (event) => {
	const { locals, url, untrack, depends } = event;
	const { actor } = locals.ctx;
	if (actor.type !== 'user') {
		const currentUrl = untrack(() => url.pathname + url.search);
		redirect(303, `/login?redirect_to=${encodeURIComponent(currentUrl)}`);
	}
	depends('frontdesk:shell');
	const { id, name, email, role } = actor;
	const [saved_filters, sites, users, waiting_visitors, time_zone] = await Promise.all([
		withPageErrors(listSavedFilters(locals.ctx)),
		withPageErrors(listSites(locals.ctx)),
		withPageErrors(listUsers(locals.ctx)),
		withPageErrors(listWaitingVisitors(locals.ctx)),
		withPageErrors(getTimeZone(event)),
	]);
	const people = users.filter((user) => user.is_active).map(({ id, name }) => ({ id, name }));
	const photo = users.find((user) => user.id === id)?.photo ?? null;
	const public_url = locals.ctx.app.config.publicUrl;
	return {
		user: { id, name, email, role, photo },
		auth_session: getPublicAuthSessionId(locals.ctx, event.request.headers.get('cookie')),
		public_url,
		recent_sign_in: {
			left_ms: getRecentSignInMs(locals.ctx),
			needs_code: await withPageErrors(needsCode(locals.ctx)),
		},
		time_zone,
		hour_cycle: getHourCycle(event.request),
		shell: { saved_filters, sites, people, waiting_visitors },
	};
};
