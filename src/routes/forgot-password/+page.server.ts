import { fail, message, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { passwordResetRequest } from '#lib/contract/user.ts';
import { browserOf, refused } from '#lib/server/pages.ts';
import { requestPasswordReset } from '#lib/server/team/users/index.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async () => ({
	form: await superValidate(zod4(passwordResetRequest)),
});

export const actions: Actions = {
	default: async (event) => {
		const form = await superValidate(event.request, zod4(passwordResetRequest));
		if (!form.valid) return fail(422, { form });
		try {
			await requestPasswordReset(event.locals.ctx, form.data, browserOf(event));
		} catch (fault) {
			return refused(form, fault, event);
		}
		return message(form, 'asked');
	},
};
