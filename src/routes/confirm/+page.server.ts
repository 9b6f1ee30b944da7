import { redirect } from '@sveltejs/kit';
import { confirmInput } from '#lib/contract/user.ts';
import { confirmSignIn, needsCode } from '#lib/server/team/auth/index.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { getClientInfo, setAuthCookie, toSafePath, withPageErrors } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	if (locals.ctx.actor.type !== 'user') redirect(303, '/login');
	return {
		email: locals.ctx.actor.email,
		needs_code: await withPageErrors(needsCode(locals.ctx)),
		form: createForm(confirmInput),
	};
};

export const actions: Actions = {
	default: (event) =>
		submitForm(event, confirmInput, async (data) => {
			const cookie = await confirmSignIn(event.locals.ctx, data, getClientInfo(event));
			if (cookie) setAuthCookie(event.cookies, cookie);
			redirect(303, toSafePath(event.url.searchParams.get('redirect_to')));
		}),
};
