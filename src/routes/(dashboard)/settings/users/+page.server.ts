import { shown } from '#lib/server/pages.ts';
import { listInvitations, listUsers } from '#lib/server/team/users/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	// Asked for first: it is the one that refuses agents.
	const invitations = await shown(listInvitations(locals.ctx));
	return { invitations, users: await shown(listUsers(locals.ctx)) };
};
