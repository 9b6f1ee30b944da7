import { redirect } from '@sveltejs/kit';
import { acceptInvitationInput } from '#lib/contract/user.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { getClientInfo, setAuthCookie } from '#lib/server/pages.ts';
import { acceptInvitation, findInvitation } from '#lib/server/team/users/index.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params: { token }, setHeaders }) => {
	setHeaders({ 'Cache-Control': 'no-store' });
	return {
		/** `undefined` if the link was used or canceled, or has expired. */
		invitation: await findInvitation(locals.ctx, token),
		form: createForm(acceptInvitationInput, { token }),
	};
};

export const actions: Actions = {
	default: (event) =>
		submitForm(event, acceptInvitationInput, async (data) => {
			const { cookie } = await acceptInvitation(event.locals.ctx, data, getClientInfo(event));
			setAuthCookie(event.cookies, cookie);
			redirect(303, '/');
		}),
};
