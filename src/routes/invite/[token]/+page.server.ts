import { redirect } from '@sveltejs/kit';
import { fail, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { acceptInvitationInput } from '#lib/contract/user.ts';
import { browserOf, refused, setAuthCookie, withoutPasswords } from '#lib/server/pages.ts';
import { acceptInvitation, findInvitation } from '#lib/server/team/users/index.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params: { token } }) => ({
	/** None: the link has been used, cancelled or is too old. */
	invitation: await findInvitation(locals.ctx, token),
	form: await superValidate({ token }, zod4(acceptInvitationInput), { errors: false }),
});

export const actions: Actions = {
	default: async (event) => {
		const form = await superValidate(event.request, zod4(acceptInvitationInput));
		if (!form.valid) return fail(422, { form: withoutPasswords(form) });
		try {
			const { cookie } = await acceptInvitation(event.locals.ctx, form.data, browserOf(event));
			setAuthCookie(event.cookies, cookie);
		} catch (fault) {
			return refused(form, fault, event);
		}
		redirect(303, '/');
	},
};
