import { getNotifications } from '#lib/server/delivery/notifications/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, depends }) => {
	depends('frontdesk:notifications');
	return { notifications: await withPageErrors(getNotifications(locals.ctx)) };
};
