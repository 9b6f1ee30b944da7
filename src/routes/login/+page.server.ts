import { redirect } from '@sveltejs/kit';
import { fail, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { signInInput } from '#lib/contract/user.ts';
import { signIn } from '#lib/server/team/auth/index.ts';
import {
	browserOf,
	refused,
	safePath,
	setAuthCookie,
	withoutPasswords,
} from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	if (locals.ctx.actor.type === 'user')
		redirect(303, safePath(url.searchParams.get('redirect_to')));
	return { form: await superValidate(zod4(signInInput)) };
};

export const actions: Actions = {
	default: async (event) => {
		const { request, locals, url, cookies } = event;
		const form = await superValidate(request, zod4(signInInput));
		if (!form.valid) return fail(422, { form: withoutPasswords(form) });
		try {
			const { cookie } = await signIn(locals.ctx, form.data, browserOf(event));
			setAuthCookie(cookies, cookie);
		} catch (fault) {
			return refused(form, fault, event);
		}
		redirect(303, safePath(url.searchParams.get('redirect_to')));
	},
};
