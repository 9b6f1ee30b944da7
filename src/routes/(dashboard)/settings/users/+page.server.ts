import { fail } from '@sveltejs/kit';
import { ERROR_STATUS } from '#lib/contract/problem.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { getMailState } from '#lib/server/delivery/mail/index.ts';
import { getSecuritySettings, updateSecuritySettings } from '#lib/server/team/auth/index.ts';
import { listInvitations, listUsers } from '#lib/server/team/users/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	// Loaded first, because it rejects agents.
	const invitations = await withPageErrors(listInvitations(locals.ctx));
	const { is_sending: isSendingEmail } = await withPageErrors(getMailState(locals.ctx));
	return {
		invitations,
		isSendingEmail,
		users: await withPageErrors(listUsers(locals.ctx)),
		security: await withPageErrors(getSecuritySettings(locals.ctx)),
	};
};

export const actions: Actions = {
	require_two_factor: ({ locals }) => setTwoFactorRequired(locals, true),
	allow_password: ({ locals }) => setTwoFactorRequired(locals, false),
};

async function setTwoFactorRequired({ ctx }: App.Locals, requires_two_factor: boolean) {
	try {
		return await updateSecuritySettings(ctx, { requires_two_factor });
	} catch (err) {
		if (!(err instanceof AppError)) throw err;
		return fail(ERROR_STATUS[err.code], { errorMessage: err.message });
	}
}
