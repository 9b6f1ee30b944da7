import { redirect } from '@sveltejs/kit';
import { fail, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { firstAdminInput } from '#lib/contract/user.ts';
import { createFirstAdmin, isSetUp, isSetupToken } from '#lib/server/team/auth/index.ts';
import { refused, setAuthCookie, withoutPasswords } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	if (await isSetUp(locals.ctx.app)) redirect(303, '/');
	const token = url.searchParams.get('token') ?? '';
	return {
		/** False: the page says where the set-up link is printed, in place of the form. */
		is_link_valid: await isSetupToken(locals.ctx, token),
		/** The link that was opened has been used, or is too old. */
		has_ended: token !== '',
		form: await superValidate({ token }, zod4(firstAdminInput), { errors: false }),
	};
};

export const actions: Actions = {
	default: async ({ request, locals, cookies }) => {
		const form = await superValidate(request, zod4(firstAdminInput));
		if (!form.valid) return fail(422, { form: withoutPasswords(form) });
		try {
			const { cookie } = await createFirstAdmin(locals.ctx, form.data);
			setAuthCookie(cookies, cookie);
		} catch (fault) {
			return refused(form, fault);
		}
		redirect(303, '/');
	},
};
