import { redirect } from '@sveltejs/kit';
import { twoFactorCodeInput } from '#lib/contract/user.ts';
import { finishSignIn } from '#lib/server/team/auth/index.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { getClientInfo, toSafePath, setAuthCookie } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	if (locals.ctx.actor.type === 'user')
		redirect(303, toSafePath(url.searchParams.get('redirect_to')));
	return { form: createForm(twoFactorCodeInput) };
};

export const actions: Actions = {
	default: (event) =>
		submitForm(event, twoFactorCodeInput, async (data) => {
			const { cookie } = await finishSignIn(event.locals.ctx, data, getClientInfo(event));
			setAuthCookie(event.cookies, cookie);
			redirect(303, toSafePath(event.url.searchParams.get('redirect_to')));
		}),
};
