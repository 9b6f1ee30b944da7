import { redirect } from '@sveltejs/kit';
import { firstAdminInput } from '#lib/contract/user.ts';
import { createFirstAdmin, isSetUp, isSetupToken } from '#lib/server/team/auth/index.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { setAuthCookie } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, setHeaders }) => {
	setHeaders({ 'Cache-Control': 'no-store' });
	if (await isSetUp(locals.ctx.app)) redirect(303, '/');
	const token = url.searchParams.get('token') ?? '';
	return {
		/** If false, the page explains where to find the setup link instead of showing the form. */
		is_link_valid: await isSetupToken(locals.ctx, token),
		/** Whether the page was opened through a setup link. */
		has_token: token !== '',
		form: createForm(firstAdminInput, { token }),
	};
};

export const actions: Actions = {
	default: (event) =>
		submitForm(event, firstAdminInput, async (data) => {
			const { cookie } = await createFirstAdmin(event.locals.ctx, data);
			setAuthCookie(event.cookies, cookie);
			redirect(303, '/');
		}),
};
