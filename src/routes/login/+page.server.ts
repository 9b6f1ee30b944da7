import { redirect } from '@sveltejs/kit';
import { signInInput } from '#lib/contract/user.ts';
import { signIn } from '#lib/server/team/auth/index.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { getClientInfo, toSafePath, setAuthCookie } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	if (locals.ctx.actor.type === 'user')
		redirect(303, toSafePath(url.searchParams.get('redirect_to')));
	return { form: createForm(signInInput) };
};

export const actions: Actions = {
	default: (event) =>
		submitForm(event, signInInput, async (data) => {
			const { cookie, needs_code } = await signIn(event.locals.ctx, data, getClientInfo(event));
			setAuthCookie(event.cookies, cookie);
			if (needs_code) redirect(303, `/login/code${event.url.search}`);
			redirect(303, toSafePath(event.url.searchParams.get('redirect_to')));
		}),
};
