import { redirect } from '@sveltejs/kit';
import { passwordResetInput } from '#lib/contract/user.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { getClientInfo, setAuthCookie } from '#lib/server/pages.ts';
import { findPasswordReset, resetPassword } from '#lib/server/team/users/index.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params: { token }, setHeaders }) => {
	setHeaders({ 'Cache-Control': 'no-store' });
	return {
		/** `undefined` if the link was used or has expired. */
		email: (await findPasswordReset(locals.ctx, token))?.email,
		form: createForm(passwordResetInput, { token }),
	};
};

export const actions: Actions = {
	default: (event) =>
		submitForm(event, passwordResetInput, async (data) => {
			const { cookie, needs_code } = await resetPassword(
				event.locals.ctx,
				data,
				getClientInfo(event),
			);
			setAuthCookie(event.cookies, cookie);
			redirect(303, needs_code ? '/login/code' : '/');
		}),
};
