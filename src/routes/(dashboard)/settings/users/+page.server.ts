import { fail } from '@sveltejs/kit';
import { ERROR_STATUS } from '#lib/contract/problem.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { getSecuritySettings, updateSecuritySettings } from '#lib/server/team/auth/index.ts';
import { listInvitations, listUsers } from '#lib/server/team/users/index.ts';
import { shown } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	// Asked for first: it is the one that refuses agents.
	const invitations = await shown(listInvitations(locals.ctx));
	return {
		invitations,
		users: await shown(listUsers(locals.ctx)),
		security: await shown(getSecuritySettings(locals.ctx)),
	};
};

export const actions: Actions = {
	require_two_factor: ({ locals }) => requireOfEveryone(locals, true),
	allow_password: ({ locals }) => requireOfEveryone(locals, false),
};

async function requireOfEveryone({ ctx }: App.Locals, requires_two_factor: boolean) {
	try {
		return await updateSecuritySettings(ctx, { requires_two_factor });
	} catch (fault) {
		if (!(fault instanceof AppError)) throw fault;
		return fail(ERROR_STATUS[fault.code], { refusal: fault.message });
	}
}
